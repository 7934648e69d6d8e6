"""TEMPORARY minimal reader so that the lead can integrate; to be overwritten by the real one."""

import hashlib
from fractions import Fraction

import pysubs2

from hitpoint.model.cut import *
from hitpoint.model.time import *


def read_cut(loaded, *, subtitles=None):
    t = loaded.timeline
    rate = loaded.rate
    shots = []
    at = 0
    v = [x for x in t.tracks if x.kind == "Video"][0]
    for i, c in enumerate(v):
        n = round(c.duration().value)
        r = getattr(c, "media_reference", None)
        url = getattr(r, "target_url", None)
        p = (loaded.path.parent / url) if url else None
        shots.append(
            Shot(
                index=i,
                span=FrameSpan(at, at + n),
                name=c.name,
                media=MediaRange(
                    path=p,
                    is_missing=p is None or not p.exists(),
                    source_start_s=Fraction(round(c.source_range.start_time.value)) * rate.frame_s,
                    source_duration_s=n * rate.frame_s,
                ),
            )
        )
        at += n
    audio = [AudioClip(span=s.span, name=s.name, track_name="A1", media=s.media) for s in shots if s.media.path]
    ms = [
        Marker(
            id=hashlib.sha1(f"{m.name}{m.marked_range.start_time.value}".encode()).hexdigest()[:10],
            frame=round(m.marked_range.start_time.value),
            duration_frames=1,
            name=m.name,
            note=m.comment,
            color=m.color or "",
        )
        for m in t.tracks.markers
        if "hitpoint" not in m.metadata
    ]
    subs = []
    if subtitles:
        subs = [
            Subtitle(start_s=Fraction(e.start, 1000), end_s=Fraction(e.end, 1000), text=e.plaintext)
            for e in pysubs2.load(str(subtitles))
        ]
    return Cut(
        name=t.name,
        rate=rate,
        start_timecode_frame=loaded.start_timecode_frame,
        duration_frames=at,
        shots=tuple(shots),
        audio_clips=tuple(audio),
        markers=tuple(sorted(ms, key=lambda m: m.frame)),
        subtitles=tuple(subs),
        source_path=loaded.path,
        warnings=(),
    )
