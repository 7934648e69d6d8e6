"""How a call on one of Resolve's objects goes: what it takes, and all that may come between."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from .faults import Faults
from .profiles import Profile


class WrongCall(TypeError):
    """A call that some version's documentation does not allow: wrong number or types of arguments."""


@dataclass
class Hook:
    """Comes between a call and its effect: from the `first`-th call on, `count` times, `action` runs in its place."""

    name: str
    action: Callable
    first: int = 1
    count: int = 1_000_000


@dataclass
class World:
    """One running Resolve, and what tests may do to it."""

    profile: Profile
    faults: Faults = field(default_factory=Faults)
    language: str = "python"
    seed: int = 7
    is_running: bool = True
    shows_dialogue: bool = False
    calls: list = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    hooks: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def __post_init__(self):
        self.random = random.Random(self.seed)

    def on(self, name, action, first=1, count=1_000_000):
        """Have `action(world, owner, args, go_on)` answer the calls of a method; `go_on()` does the real thing."""
        self.hooks.append(Hook(name, action, self.counts[name] + first, count))

    def number(self, value):
        """Return a frame number as this build gives it."""
        return float(value) if self.faults.numbers_vary and self.random.random() < 0.5 else value


# --- what arguments must be ---


def integer(world, value):
    if world.language == "lua" and isinstance(value, float) and value.is_integer():
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongCall(f"{value!r} is not an int")


def number(world, value):
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongCall(f"{value!r} is not a number")


def text(world, value):
    if not isinstance(value, str):
        raise WrongCall(f"{value!r} is not a str")


def flag(world, value):
    if not isinstance(value, bool):
        raise WrongCall(f"{value!r} is not a bool")


def one_of(*choices):
    def check(world, value):
        text(world, value)
        if value not in choices:
            raise WrongCall(f"{value!r} is none of {choices}")

    return check


def anything(world, value):
    pass


def made_of(*names):
    """An object of one of the API's classes."""

    def check(world, value):
        if type(value).__name__ not in names:
            raise WrongCall(f"{value!r} is no {' or '.join(names)}")

    return check


def list_of(check_one):
    def check(world, value):
        if not isinstance(value, list):
            raise WrongCall(f"{value!r} is not a list")
        for entry in value:
            check_one(world, entry)

    return check


def table(required, optional):
    """A dict with exactly these keys."""

    def check(world, value):
        if not isinstance(value, dict):
            raise WrongCall(f"{value!r} is not a dict")
        unknown = set(value) - set(required) - set(optional)
        if unknown or not set(required) <= set(value):
            raise WrongCall(f"keys {sorted(value)}: unknown {sorted(unknown)}, needed {sorted(required)}")
        for key, entry in value.items():
            {**required, **optional}[key](world, entry)

    return check


# --- methods ---


@dataclass(frozen=True)
class Method:
    function: Callable
    checks: tuple
    needed: int
    since: tuple
    until: tuple
    is_gated: bool

    def is_in(self, profile):
        return self.since <= profile.version < self.until


def api(*checks, optional=0, since=(18, 0), until=(99,), is_gated=False):
    """Declare a method of the API: a check for each argument, the last `optional` of which may be left out."""

    def declare(function):
        return Method(function, checks, len(checks) - optional, since, until, is_gated)

    return declare


class ApiObject:
    """One of Resolve's objects as scripts see it; `_model` is what it stands for."""

    _methods: ClassVar[dict] = {}

    def __init_subclass__(cls):
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Method)}
        for name in own:
            delattr(cls, name)
        cls._methods = {**cls._methods, **own}

    def __init__(self, world, model=None, is_dead=False):
        self._world = world
        self._model = model
        self._is_dead = is_dead

    def __getattr__(self, name):
        method = type(self)._methods.get(name)
        if method is None or not method.is_in(self._world.profile):
            if name.startswith("__") or not self._world.faults.has_every_attribute:
                raise AttributeError(name)
            return None
        return partial(self._run, name, method)

    def __dir__(self):
        return sorted(name for name, method in self._methods.items() if method.is_in(self._world.profile))

    def _is_alive(self):
        return not self._is_dead

    def _run(self, name, method, *args):
        world = self._world
        world.counts[name] += 1
        world.calls.append((type(self).__name__, name, args))
        if world.faults.seconds_per_call:
            time.sleep(world.faults.seconds_per_call)
        if world.faults.delay_s:
            time.sleep(world.faults.delay_s)
        if not world.is_running:
            return None
        if world.shows_dialogue:
            return False
        try:
            self._check(name, method, args)
        except WrongCall as error:
            world.errors.append(str(error))
            raise
        if method.is_gated and not world.profile.is_studio:
            world.shows_dialogue = world.faults.gated_call_shows_dialogue
            return False
        if not self._is_alive():
            return None
        go_on = partial(method.function, self, *args)
        for hook in world.hooks:
            if hook.name == name and hook.first <= world.counts[name] < hook.first + hook.count:
                return hook.action(world, self, args, go_on)
        return go_on()

    def _check(self, name, method, args):
        if not method.needed <= len(args) <= len(method.checks):
            raise WrongCall(f"{name} takes {method.needed} to {len(method.checks)} arguments, not {len(args)}")
        for check, value in zip(method.checks, args, strict=False):
            try:
                check(self._world, value)
            except WrongCall as error:
                raise WrongCall(f"{name}: {error}") from error
