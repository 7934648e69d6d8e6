"""Draws the demo cut: a car chase that ends on a bridge, as an animatic with its own sound.

    python resources/demo/draw.py            writes chase.mp4, chase.otio, chase.srt beside this file

Everything is drawn and synthesised here, so the demo belongs to the project. The picture is 24 fps, starts at
01:00:00:00, and has a shot list (`SHOTS`) that the picture, the sound, the timeline and the markers all share.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import opentimelineio as otio

FPS = 24
WIDTH, HEIGHT = 960, 540
SAMPLE_RATE_HZ = 48_000
START_TIMECODE_FRAME = 3600 * FPS
HORIZON = 330

Canvas = np.ndarray
Color = tuple[int, int, int]  # BGR


# --- brushes ---------------------------------------------------------------------------------------------------------


def sky(top: Color, bottom: Color) -> Canvas:
    """Return a fresh frame filled with a vertical gradient."""
    ramp = np.linspace(0, 1, HEIGHT)[:, None, None]
    column = (1 - ramp) * np.array(top, float) + ramp * np.array(bottom, float)
    return np.ascontiguousarray(np.broadcast_to(column, (HEIGHT, WIDTH, 3)).astype(np.uint8))


def polygon(frame: Canvas, points: list[tuple[float, float]], color: Color) -> None:
    """Fill a polygon, anti-aliased at 1/16 pixel."""
    fixed = np.round(np.array(points) * 16).astype(np.int32)
    cv2.fillPoly(frame, [fixed], color, cv2.LINE_AA, 4)


def box(frame: Canvas, x: float, y: float, width: float, height: float, color: Color) -> None:
    """Fill an axis-parallel box."""
    polygon(frame, [(x, y), (x + width, y), (x + width, y + height), (x, y + height)], color)


def disc(frame: Canvas, x: float, y: float, radius: float, color: Color) -> None:
    """Fill a circle."""
    cv2.circle(frame, (round(x * 16), round(y * 16)), round(radius * 16), color, -1, cv2.LINE_AA, 4)


def glow(frame: Canvas, x: float, y: float, radius: float, color: Color, strength: float = 1.0) -> None:
    """Add soft light around a point."""
    x0, x1 = max(0, int(x - radius)), min(WIDTH, int(x + radius))
    y0, y1 = max(0, int(y - radius)), min(HEIGHT, int(y + radius))
    if x0 >= x1 or y0 >= y1:
        return
    yy, xx = np.mgrid[y0:y1, x0:x1]
    light = np.clip(1 - np.hypot(xx - x, yy - y) / radius, 0, 1)[..., None] ** 2 * strength
    patch = frame[y0:y1, x0:x1].astype(float) + light * np.array(color)
    frame[y0:y1, x0:x1] = np.clip(patch, 0, 255).astype(np.uint8)


def skyline(frame: Canvas, scroll: float, base: float, seed: int, color: Color, tall: float, lights: bool) -> None:
    """Draw an endless row of buildings that scrolls to the left."""
    spacing = 74
    first = math.floor(scroll / spacing) - 1
    for index in range(first, first + WIDTH // spacing + 4):
        rng = np.random.default_rng(seed * 10_007 + index % 997)
        width, height = rng.uniform(46, 92), rng.uniform(0.35, 1.0) * tall
        x = index * spacing - scroll
        box(frame, x, base - height, width, height + 4, color)
        if lights:
            for row in range(int(height // 22)):
                for column in range(int(width // 16)):
                    if rng.random() < 0.3:
                        warm = (96, 190, 235) if rng.random() < 0.7 else (190, 180, 150)
                        box(frame, x + 6 + column * 16, base - height + 8 + row * 22, 7, 10, warm)


def road(frame: Canvas, scroll: float, color: Color, line: Color) -> None:
    """Draw a road seen from the side with passing lane marks."""
    box(frame, 0, HORIZON + 58, WIDTH, HEIGHT, color)
    for index in range(-1, 9):
        x = index * 150 - scroll % 150
        polygon(frame, [(x, 448), (x + 74, 448), (x + 66, 456), (x - 8, 456)], line)


def car(frame: Canvas, x: float, y: float, scale: float, color: Color, wheel_turn: float, tilt: float = 0.0) -> None:
    """Draw a car from the side, nose to the right; (x, y) is the ground under its middle."""

    def at(px: float, py: float) -> tuple[float, float]:
        px, py = px * scale, py * scale
        return x + px * math.cos(tilt) - py * math.sin(tilt), y + px * math.sin(tilt) + py * math.cos(tilt)

    dark = tuple(int(c * 0.55) for c in color)
    body = [(-112, -22), (-108, -48), (-66, -54), (-34, -84), (34, -84), (66, -54), (108, -44), (114, -22)]
    polygon(frame, [at(*p) for p in body], color)
    polygon(frame, [at(*p) for p in [(-54, -54), (-28, -77), (-2, -77), (-2, -54)]], (70, 52, 40))
    polygon(frame, [at(*p) for p in [(6, -54), (6, -77), (30, -77), (54, -54)]], (82, 62, 48))
    polygon(frame, [at(*p) for p in [(-112, -22), (114, -22), (110, -14), (-108, -14)]], dark)
    glow(frame, *at(112, -38), 46 * scale, (150, 220, 255), 0.9)
    glow(frame, *at(-110, -40), 26 * scale, (40, 40, 255), 0.8)
    for wheel in (-66, 68):
        hub = at(wheel, -16)
        disc(frame, *hub, 21 * scale, (22, 20, 20))
        disc(frame, *hub, 11 * scale, (120, 118, 116))
        for spoke in range(3):
            angle = wheel_turn + spoke * 2.094
            end = (hub[0] + 11 * scale * math.cos(angle), hub[1] + 11 * scale * math.sin(angle))
            cv2.line(
                frame, (round(hub[0]), round(hub[1])), (round(end[0]), round(end[1])), (30, 28, 28), 2, cv2.LINE_AA
            )


def face(frame: Canvas, x: float, y: float, scale: float, light: Color, look: float, worry: float) -> None:
    """Draw Mara in profile-ish close-up: a head that looks left or right (-1..1)."""
    disc(frame, x - 26 * scale, y - 34 * scale, 150 * scale, (34, 26, 30))
    cv2.ellipse(
        frame, (round(x), round(y)), (round(104 * scale), round(136 * scale)), 0, 0, 360, light, -1, cv2.LINE_AA
    )
    polygon(
        frame,
        [
            (x - 118 * scale, y - 30 * scale),
            (x - 60 * scale, y - 150 * scale),
            (x + 84 * scale, y - 132 * scale),
            (x + 40 * scale, y - 92 * scale),
            (x - 60 * scale, y - 60 * scale),
        ],
        (34, 26, 30),
    )
    for side in (-1, 1):
        ex, ey = x + (side * 38 + look * 22) * scale, y - 14 * scale
        cv2.ellipse(
            frame,
            (round(ex), round(ey)),
            (round(17 * scale), round((8 + 5 * worry) * scale)),
            0,
            0,
            360,
            (235, 235, 235),
            -1,
            cv2.LINE_AA,
        )
        disc(frame, ex + look * 6 * scale, ey, 7 * scale, (46, 34, 26))
        cv2.line(
            frame,
            (round(ex - 20 * scale), round(ey - (20 + worry * side * 6) * scale)),
            (round(ex + 20 * scale), round(ey - (20 - worry * side * 6) * scale)),
            (34, 26, 30),
            round(6 * scale),
            cv2.LINE_AA,
        )
    mouth = (round(x + look * 24 * scale), round(y + 66 * scale))
    cv2.ellipse(
        frame, mouth, (round(26 * scale), round((3 + 7 * worry) * scale)), 0, 0, 360, (62, 54, 120), -1, cv2.LINE_AA
    )


def rain(frame: Canvas, t: float, amount: int) -> None:
    """Streak the frame with rain."""
    rng = np.random.default_rng(int(t * FPS))
    for x, y in rng.uniform((0, 0), (WIDTH, HEIGHT), (amount, 2)):
        cv2.line(frame, (int(x), int(y)), (int(x - 9), int(y + 26)), (150, 140, 130), 1, cv2.LINE_AA)


def debris(frame: Canvas, t: float, x: float, y: float, color: Color, seed: int) -> None:
    """Throw boxes about, t seconds after an impact."""
    rng = np.random.default_rng(seed)
    for _ in range(26):
        angle, speed, size = rng.uniform(-2.7, -0.3), rng.uniform(120, 520), rng.uniform(6, 26)
        px = x + math.cos(angle) * speed * t
        py = y + math.sin(angle) * speed * t + 420 * t * t
        shade = tuple(int(c * rng.uniform(0.5, 1.0)) for c in color)
        spin = t * rng.uniform(-9, 9)
        corners = [
            (px + size * math.cos(spin + k * math.pi / 2), py + size * math.sin(spin + k * math.pi / 2))
            for k in range(4)
        ]
        polygon(frame, corners, shade)


NIGHT = ((58, 34, 22), (120, 84, 62))
DAWN = ((120, 86, 58), (120, 168, 236))
RED_CAR: Color = (52, 50, 196)
BLACK_CAR: Color = (40, 36, 34)


# --- shots: each draws t seconds into itself, u = 0..1 of its length --------------------------------------------------


def wide_city(t: float, u: float) -> Canvas:
    frame = sky(*NIGHT)
    skyline(frame, 40 + t * 6, 360, 1, (74, 52, 42), 210, True)
    skyline(frame, 90 + t * 14, 420, 2, (46, 32, 28), 250, True)
    box(frame, 0, 418, WIDTH, 140, (30, 24, 24))
    rain(frame, t, 60)
    return frame


def parked_car(t: float, u: float) -> Canvas:
    frame = sky(*NIGHT)
    skyline(frame, 300, 400, 3, (52, 38, 34), 300, True)
    road(frame, 0, (40, 34, 32), (96, 96, 96))
    glow(frame, 250, 150, 230, (60, 120, 160), 0.7)
    box(frame, 246, 150, 8, 250, (24, 22, 22))
    car(frame, 560, 440, 1.25, RED_CAR, 0.4)
    rain(frame, t, 80)
    return frame


def mara_phone(t: float, u: float) -> Canvas:
    frame = sky((40, 26, 20), (64, 46, 38))
    face(
        frame,
        470 + 4 * math.sin(t),
        300,
        1.35,
        (126 + int(10 * math.sin(t * 3)), 150, 190),
        -0.5 + 0.3 * u,
        0.2 + 0.5 * u,
    )
    glow(frame, 300, 480, 260, (150, 130, 70), 0.6)
    box(frame, 226, 430, 74, 130, (66, 58, 50))
    box(frame, 232, 436, 62, 110, (220, 200, 150))
    return frame


def headlights(t: float, u: float) -> Canvas:
    frame = sky((30, 20, 16), (52, 38, 32))
    polygon(frame, [(0, HEIGHT), (WIDTH, HEIGHT), (560, HORIZON), (400, HORIZON)], (34, 30, 30))
    size = 20 + 200 * u**2
    for side in (-1, 1):
        x = 480 + side * size * 0.9
        glow(frame, x, HORIZON + 20 + size * 0.3, 60 + size * 1.6, (200, 230, 255), 1.0)
        disc(frame, x, HORIZON + 20 + size * 0.3, 8 + size * 0.16, (250, 252, 255))
    rain(frame, t, 90)
    return frame


def ignition(t: float, u: float) -> Canvas:
    frame = sky((36, 28, 26), (24, 20, 20))
    for gauge, x in enumerate((320, 620)):
        disc(frame, x, 300, 128, (52, 46, 44))
        disc(frame, x, 300, 116, (26, 24, 24))
        for mark in range(11):
            a = math.radians(140 + mark * 26)
            disc(frame, x + 98 * math.cos(a), 300 + 98 * math.sin(a), 4, (200, 200, 210))
        swing = min(1.0, max(0.0, u * 2.2 - 0.3 - 0.2 * gauge)) + 0.03 * math.sin(t * 40)
        a = math.radians(140 + 240 * swing)
        cv2.line(
            frame, (x, 300), (int(x + 92 * math.cos(a)), int(300 + 92 * math.sin(a))), (60, 60, 240), 5, cv2.LINE_AA
        )
    return frame


def street(
    speed: float, palette: tuple[Color, Color], x0: float, x1: float, chasers: int = 0, wet: bool = True
) -> Callable[[float, float], Canvas]:
    """Return a side view of the chase: our car moves from x0 to x1 while the street scrolls."""

    def draw(t: float, u: float) -> Canvas:
        frame = sky(*palette)
        skyline(frame, t * speed * 0.12 + 50, 370, 4, tuple(int(c * 0.75) for c in palette[0]), 190, True)
        skyline(frame, t * speed * 0.45 + 200, 400, 5, tuple(int(c * 0.5) for c in palette[0]), 270, True)
        road(frame, t * speed, (42, 36, 36), (150, 160, 165))
        bounce = 3 * math.sin(t * 17)
        for chaser in range(chasers):
            car(
                frame,
                x0 + (x1 - x0) * u - 300 - 230 * chaser,
                446 + 2 * math.sin(t * 15 + chaser),
                1.0,
                BLACK_CAR,
                t * 24,
            )
        car(frame, x0 + (x1 - x0) * u, 448 + bounce, 1.05, RED_CAR, t * 26, -0.02 * math.sin(t * 9))
        if wet:
            rain(frame, t, 50)
        return frame

    return draw


def driving_face(light: Color, look: float, worry: float, flicker: float = 0.0) -> Callable[[float, float], Canvas]:
    """Return a close-up of Mara at the wheel."""

    def draw(t: float, u: float) -> Canvas:
        frame = sky((44, 32, 28), (30, 24, 24))
        skyline(frame, t * 900, 260, 6, (60, 46, 40), 170, True)
        wobble = 5 * math.sin(t * 21)
        shade = 1.0 - flicker * (0.5 + 0.5 * math.sin(t * 12))
        face(frame, 500, 285 + wobble, 1.45, tuple(int(c * shade) for c in light), look + 0.3 * math.sin(t * 2), worry)
        cv2.ellipse(frame, (460, 620), (330, 170), 8 * math.sin(t * 3), 180, 360, (18, 16, 16), 34, cv2.LINE_AA)
        return frame

    return draw


def mirror(t: float, u: float) -> Canvas:
    frame = sky((26, 20, 18), (40, 32, 30))
    box(frame, 170, 150, 620, 230, (14, 12, 12))
    inner = frame[164:366, 184:776]
    inner[:] = (48, 38, 34)
    for side in (-1, 1):
        x = 480 + 90 * math.sin(t * 2) + side * (34 + 40 * u)
        glow(frame, x, 280, 60 + 70 * u, (190, 225, 255), 1.0)
        disc(frame, x, 280, 9 + 9 * u, (252, 252, 255))
    box(frame, 0, 380, WIDTH, 160, (20, 17, 17))
    return frame


def market(t: float, u: float) -> Canvas:
    frame = street(900, NIGHT, 520, 560, 0)(t, u)
    for index, color in enumerate([(60, 120, 220), (70, 170, 90), (190, 110, 60), (60, 60, 190)]):
        x = 1150 + index * 170 - 700 * min(t, 0.5) - 200 * max(0.0, t - 0.5)
        if t < 0.02:
            polygon(frame, [(x - 70, 330), (x + 70, 330), (x + 84, 366), (x - 84, 366)], color)
            box(frame, x - 66, 366, 132, 76, (70, 90, 120))
    debris(frame, t, 640, 420, (70, 150, 220), 5)
    debris(frame, t * 0.8, 560, 400, (60, 90, 200), 6)
    if t < 0.09:
        frame = cv2.addWeighted(frame, 0.4, np.full_like(frame, 255), 0.6, 0)
    return frame


def train(t: float, u: float) -> Canvas:
    frame = sky(*NIGHT)
    skyline(frame, 100, 360, 8, (52, 38, 34), 200, True)
    box(frame, 0, 388, WIDTH, 160, (42, 36, 36))
    if t > 1.5:
        front = 1500 - (t - 1.5) * 1900
        box(frame, front, 200, 2600, 200, (96, 84, 76))
        for window in range(20):
            box(frame, front + 60 + window * 128, 236, 78, 56, (120, 210, 250))
        glow(frame, front, 340, 200, (200, 235, 255), 1.0)
    x = -150 + 780 * min(t / 1.75, 1.9)
    car(frame, x, 470, 1.0, RED_CAR, t * 30)
    for post in (180, 800):
        box(frame, post, 210, 14, 200, (46, 46, 52))
        disc(frame, post + 7, 210, 18, (40, 40, 240) if int(t * 5) % 2 else (30, 30, 70))
    return frame


def tunnel(t: float, u: float) -> Canvas:
    frame = sky((14, 12, 12), (20, 16, 16))
    for ring in range(9):
        depth = ((ring - t * 2.4) % 9 + 0.4) / 9
        half_width, half_height = 60 / depth, 40 / depth
        shade = int(90 * (1 - depth))
        cv2.ellipse(
            frame,
            (480, 290),
            (int(half_width), int(half_height)),
            0,
            180,
            360,
            (shade, int(shade * 1.4), int(shade * 1.8)),
            max(2, int(8 / depth**0.6)),
            cv2.LINE_AA,
        )
    polygon(frame, [(0, HEIGHT), (WIDTH, HEIGHT), (510, 300), (450, 300)], (26, 22, 22))
    if u > 0.6:
        glow(frame, 480, 285, 60 + 900 * (u - 0.6) ** 1.5, (210, 230, 255), min(1.0, (u - 0.6) * 3))
    return frame


def burst_out(t: float, u: float) -> Canvas:
    frame = sky(*DAWN)
    glow(frame, 720, 300, 420, (120, 190, 255), 0.9)
    skyline(frame, t * 260, 372, 9, (120, 96, 92), 120, False)
    road(frame, t * 1200, (70, 62, 66), (210, 220, 225))
    for chaser in range(2):
        car(frame, 150 - 190 * chaser + 60 * u, 446, 0.95, BLACK_CAR, t * 24)
    car(frame, 440 + 200 * u, 448 + 3 * math.sin(t * 17), 1.05, RED_CAR, t * 26)
    if t < 0.25:
        frame = cv2.addWeighted(frame, t * 4, np.full_like(frame, 250), 1 - t * 4, 0)
    return frame


def bridge_wide(t: float, u: float, rise: float = 0.0, sun_up: float = 0.0) -> Canvas:
    frame = sky(*DAWN)
    glow(frame, 640, 330 - 60 * sun_up, 460 + 100 * sun_up, (110, 180, 255), 0.9)
    if sun_up:
        disc(frame, 640, 400 - 130 * sun_up, 42, (170, 225, 255))
    box(frame, 0, 400, WIDTH, 150, (150, 122, 96))
    for ripple in range(24):
        rng = np.random.default_rng(ripple)
        x, y = (rng.uniform(0, WIDTH) + t * 20) % WIDTH, rng.uniform(412, 530)
        cv2.line(frame, (int(x), int(y)), (int(x + 40), int(y)), (190, 190, 200), 1, cv2.LINE_AA)
    for tower in (200, 760):
        box(frame, tower - 16, 120, 32, 300, (66, 54, 56))
    for side, pivot in ((1, 0), (-1, WIDTH)):
        end_x, end_y = pivot + side * 440 * math.cos(rise), 330 - 440 * math.sin(rise)
        polygon(frame, [(pivot, 330), (end_x, end_y), (end_x, end_y + 18), (pivot, 352)], (58, 48, 50))
    for tower in (200, 760):
        for cable in range(-4, 5):
            cv2.line(frame, (tower, 124), (int(tower + cable * 46), int(330 - 40 * rise)), (84, 70, 70), 1, cv2.LINE_AA)
    return frame


def bridge_opens(t: float, u: float) -> Canvas:
    return bridge_wide(t, u, 0.34 * u)


def run_up(t: float, u: float) -> Canvas:
    frame = bridge_wide(t, u, 0.34)
    distance = -100 + 480 * u**1.3
    car(
        frame,
        distance,
        330 - max(0.0, distance) * math.tan(0.34),
        0.5,
        RED_CAR,
        t * 30,
        -0.34 if distance > 0 else -0.17,
    )
    return frame


def mid_air(t: float, u: float) -> Canvas:
    frame = sky(*DAWN)
    glow(frame, 560, 330, 520, (110, 180, 255), 0.9)
    box(frame, 0, 470, WIDTH, 80, (150, 122, 96))
    car(frame, 380 + 170 * u, 330 - 60 * math.sin(u * math.pi), 1.3, RED_CAR, t * 5, -0.2 + 0.34 * u)
    return frame


def landing(t: float, u: float) -> Canvas:
    frame = bridge_wide(t, u, 0.0)
    jolt = 16 * math.exp(-t * 5) * math.sin(t * 44)
    x = 600 + 180 * (1 - math.exp(-t * 1.6))
    for puff in range(9):
        glow(
            frame,
            x - 60 - puff * 34 * min(1.0, t * 2),
            330 - puff % 3 * 9,
            44 + 30 * t,
            (150, 160, 170),
            0.5 * math.exp(-t),
        )
    car(frame, x, 332 + jolt, 0.72, RED_CAR, t * 14 * math.exp(-t), 0.03 * math.exp(-t * 3) * math.sin(t * 30))
    if t < 0.06:
        frame = cv2.addWeighted(frame, 0.5, np.full_like(frame, 255), 0.5, 0)
    return frame


def stopped(t: float, u: float) -> Canvas:
    frame = bridge_wide(t, u, 0.0)
    car(frame, 680, 336, 0.8, RED_CAR, 0.7)
    for index in range(2):
        glow(frame, 60 - index * 30, 300, 60, (160, 200, 255), 0.6 * (1 - u))
    return frame


def mara_breathes(t: float, u: float) -> Canvas:
    frame = sky(*DAWN)
    glow(frame, 800, 300, 520, (110, 180, 255), 0.8)
    face(frame, 440, 300 + 5 * math.sin(t * 1.8), 1.45, (150, 190, 236), 0.7 - 0.5 * u, 0.5 * (1 - u))
    return frame


def sunrise(t: float, u: float) -> Canvas:
    frame = bridge_wide(t, u, 0.0, 0.01 + u)
    car(frame, 700 - 20 * u, 336, 0.5, RED_CAR, 0.7)
    if u > 0.8:
        frame = (frame * (1 - (u - 0.8) * 4.6)).clip(0, 255).astype(np.uint8)
    return frame


@dataclass(frozen=True)
class DemoShot:
    """One line of the shot list: name, length, who draws it, loudness of the engine, marker at its first frame."""

    name: str
    frames: int
    draw: Callable[[float, float], Canvas]
    engine: float = 0.0
    marker: str = ""
    color: str = ""
    impact: float = 0.0  # production sound on the first frame: a crash this loud


SHOTS = (
    DemoShot("01 city, night", 118, wide_city, marker="MUSIC IN sneak", color="GREEN"),
    DemoShot("02 parked car", 84, parked_car),
    DemoShot("03 Mara, phone", 97, mara_phone, marker="theme: Mara", color="CYAN"),
    DemoShot("04 headlights", 61, headlights, 0.2, "tense", "YELLOW"),
    DemoShot("05 ignition", 41, ignition, 0.6, "HIT engine starts", "RED", 0.25),
    DemoShot("06 she pulls out", 83, street(620, NIGHT, 200, 620, 0), 0.7),
    DemoShot("07 they follow", 74, street(820, NIGHT, 760, 640, 2), 0.9),
    DemoShot("08 Mara drives", 58, driving_face((120, 150, 190), 0.4, 0.6, 0.3), 0.6),
    DemoShot("09 mirror", 49, mirror, 0.6),
    DemoShot("10 street, fast", 66, street(1100, NIGHT, 420, 700, 1), 1.0),
    DemoShot("11 market stall", 62, market, 0.9, "HIT market stall", "RED", 0.9),
    DemoShot("12 Mara ducks", 43, driving_face((120, 150, 190), -0.5, 1.0, 0.2), 0.8),
    DemoShot("13 level crossing", 104, train, 0.8),
    DemoShot("14 missed her", 52, driving_face((140, 160, 190), 0.6, 0.9), 0.7, "HIT train passes", "RED", 0.6),
    DemoShot("15 into the tunnel", 128, tunnel, 0.5, "turn: tunnel, darker", "PURPLE"),
    DemoShot("16 out into daylight", 86, burst_out, 1.0, "HIT daylight !!", "RED", 0.3),
    DemoShot("17 highway", 72, street(1300, DAWN, 520, 640, 2, wet=False), 1.0),
    DemoShot("18 Mara sees it", 51, driving_face((150, 180, 220), 0.3, 0.8), 0.7, "soft: she sees the bridge", "BLUE"),
    DemoShot("19 bridge opens", 94, bridge_opens, 0.4),
    DemoShot("20 foot down", 46, ignition, 1.0),
    DemoShot("21 run-up", 63, run_up, 1.0),
    DemoShot("22 mid-air", 67, mid_air, 0.0, "silence", "BLACK"),
    DemoShot("23 landing", 81, landing, 0.5, "HIT landing !!!", "RED", 1.0),
    DemoShot("24 they stop", 90, stopped, 0.1),
    DemoShot("25 Mara breathes", 118, mara_breathes, marker="turn: relief, warm", color="PURPLE"),
    DemoShot("26 sunrise", 172, sunrise),
)

#: (shot index, seconds into it, length in seconds, speaker, line)
LINES = (
    (2, 0.4, 1.5, "VOICE", "They found the apartment."),
    (2, 2.3, 1.5, "VOICE", "Mara. Go. Now."),
    (3, 1.4, 0.9, "MARA", "Too late."),
    (7, 0.5, 1.6, "MARA", "Two cars. Maybe three."),
    (8, 0.4, 1.3, "VOICE", "Where are you?"),
    (11, 0.5, 1.1, "MARA", "Market Street!"),
    (13, 0.6, 1.4, "MARA", "I hate trains."),
    (14, 1.2, 2.2, "VOICE", "Stay in the tunnel. Lose them there."),
    (17, 0.5, 1.5, "MARA", "The bridge is opening."),
    (18, 1.0, 1.9, "VOICE", "Mara, you won't make it."),
    (23, 1.5, 1.5, "VOICE", "Mara? Are you there?"),
    (24, 1.8, 2.2, "MARA", "I'm here. I'm on the other side."),
)

SHOT_STARTS = tuple(int(s) for s in np.concatenate([[0], np.cumsum([shot.frames for shot in SHOTS])]))
TOTAL_FRAMES = SHOT_STARTS[-1]


def production_sound() -> np.ndarray:
    """Synthesise the cut's own sound: rain, engine, crashes; float32 [shape=(n,)], about -26 dBFS: room for music."""
    rng = np.random.default_rng(7)
    n = TOTAL_FRAMES * SAMPLE_RATE_HZ // FPS
    seconds = np.arange(n) / SAMPLE_RATE_HZ
    starts = np.array(SHOT_STARTS[:-1]) / FPS
    engine = np.interp(seconds, np.repeat(starts, 2)[1:], np.repeat([s.engine for s in SHOTS], 2)[:-1])
    engine = np.convolve(engine[::480], np.ones(20) / 20, "same").repeat(480)[:n]
    revs_hz = 38 + 60 * engine + 5 * np.sin(seconds * 2.1)
    phase = np.cumsum(revs_hz) / SAMPLE_RATE_HZ * 2 * np.pi
    sound = (
        0.030
        * engine
        * (np.sin(phase) + 0.6 * np.sin(2 * phase + 1) + 0.35 * np.sin(3.01 * phase) + 0.2 * np.sin(5 * phase))
    )
    noise = rng.standard_normal(n)
    soft_noise = np.convolve(noise, np.hanning(25) / 12, "same")
    wet = np.interp(seconds, [0, starts[13], starts[13] + 1, seconds[-1]], [0.006, 0.006, 0.0015, 0.0015])
    sound += wet * soft_noise
    for index, shot in enumerate(SHOTS):
        if shot.impact:
            start = SHOT_STARTS[index] * SAMPLE_RATE_HZ // FPS
            length = min(n - start, SAMPLE_RATE_HZ)
            decay = np.exp(-np.arange(length) / SAMPLE_RATE_HZ * 6)
            sound[start : start + length] += 0.12 * shot.impact * decay * soft_noise[start : start + length]
    return np.clip(sound, -1, 1).astype(np.float32)


def frames_of_the_cut() -> list[tuple[DemoShot, int]]:
    return [(shot, frame) for shot in SHOTS for frame in range(shot.frames)]


def slate(frame: Canvas, shot: DemoShot, record_frame: int) -> Canvas:
    """Add what an animatic carries: letterbox, shot name, timecode."""
    frame[:54], frame[-54:] = 0, 0
    total = START_TIMECODE_FRAME + record_frame
    seconds, ff = divmod(total, FPS)
    timecode = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{ff:02d}"
    cv2.putText(frame, shot.name, (24, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (170, 170, 170), 1, cv2.LINE_AA)
    cv2.putText(frame, timecode, (WIDTH - 190, 34), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (170, 170, 170), 1, cv2.LINE_AA)
    return frame


def write_movie(path: Path) -> None:
    """Encode picture (H.264) and production sound (AAC)."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream(
            "libx264", rate=FPS, options={"crf": "27", "preset": "slow", "tune": "animation"}
        )
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        sound.bit_rate = 64_000
        for record_frame, (shot, local) in enumerate(frames_of_the_cut()):
            canvas = slate(shot.draw(local / FPS, local / shot.frames), shot, record_frame)
            video_frame = av.VideoFrame.from_ndarray(canvas, format="bgr24")
            container.mux(picture.encode(video_frame))
        container.mux(picture.encode())
        samples = production_sound()
        for start in range(0, len(samples), 1024):
            block = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
            block.sample_rate, block.pts, block.time_base = SAMPLE_RATE_HZ, start, Fraction(1, SAMPLE_RATE_HZ)
            container.mux(sound.encode(block))
        container.mux(sound.encode())


def write_timeline(path: Path) -> None:
    """Write the cut as OTIO: one clip per shot, the sound beside it, the markers on the timeline."""
    timeline = otio.schema.Timeline("chase", global_start_time=otio.opentime.RationalTime(START_TIMECODE_FRAME, FPS))
    picture = otio.schema.Track("Video 1", kind=otio.schema.TrackKind.Video)
    sound = otio.schema.Track("Audio 1", kind=otio.schema.TrackKind.Audio)

    def rational(frames: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, FPS)

    def movie() -> otio.schema.ExternalReference:
        return otio.schema.ExternalReference("chase.mp4", otio.opentime.TimeRange(rational(0), rational(TOTAL_FRAMES)))

    for index, shot in enumerate(SHOTS):
        span = otio.opentime.TimeRange(rational(SHOT_STARTS[index]), rational(shot.frames))
        picture.append(otio.schema.Clip(shot.name, movie(), span))
        sound.append(otio.schema.Clip(shot.name, movie(), span))
        if shot.marker:
            timeline.tracks.markers.append(
                otio.schema.Marker(
                    shot.marker, otio.opentime.TimeRange(rational(SHOT_STARTS[index]), rational(1)), shot.color
                )
            )
    last = otio.opentime.TimeRange(rational(TOTAL_FRAMES - 1), rational(1))
    timeline.tracks.markers.append(otio.schema.Marker("MUSIC OUT ring out", last, "GREEN"))
    timeline.tracks.extend([picture, sound])
    otio.adapters.write_to_file(timeline, str(path))


def write_subtitles(path: Path) -> None:
    """Write the spoken lines as SRT in record time."""

    def stamp(seconds: float) -> str:
        ms = round(seconds * 1000)
        return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"

    blocks = []
    for number, (shot, into, length, speaker, line) in enumerate(LINES, 1):
        start = SHOT_STARTS[shot] / FPS + into
        blocks.append(f"{number}\n{stamp(start)} --> {stamp(start + length)}\n{speaker}: {line}\n")
    path.write_text("\n".join(blocks), encoding="utf-8")


if __name__ == "__main__":
    folder = Path(__file__).parent
    if len(sys.argv) > 2 and sys.argv[1] == "--frame":  # one frame as PNG, to look at
        record_frame = int(sys.argv[2])
        shot, local = frames_of_the_cut()[record_frame]
        cv2.imwrite(sys.argv[3], slate(shot.draw(local / FPS, local / shot.frames), shot, record_frame))
    else:
        write_timeline(folder / "chase.otio")
        write_subtitles(folder / "chase.srt")
        write_movie(folder / "chase.mp4")
        print(f"{TOTAL_FRAMES} frames, {TOTAL_FRAMES / FPS:.1f} s, {len(SHOTS)} shots")
