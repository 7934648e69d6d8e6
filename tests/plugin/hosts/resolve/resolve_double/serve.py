"""The double for a launcher in another process: one line in, one line out.

A question names an object, and a method to call, an attribute to get, or wants its `dir`. Objects go over as numbers.
Answers are JSON for Python, and Lua source for Lua.
"""

import json
import socket
import threading
import time

from .base import ApiObject


class Desk:
    """Answers questions about one double, which may be exchanged between tests."""

    def __init__(self, world=None, *, time_scale=1.0):
        self.world = world
        self.time_scale = time_scale
        self._objects = {}
        self.lock = threading.Lock()

    def answer(self, question):
        """Return ("value", value) or ("error", text)."""
        with self.lock:
            try:
                return "value", self._answer(question)
            except Exception as error:  # as in the launcher's own language: the call raises there
                return "error", f"{type(error).__name__}: {error}"

    def _answer(self, question):
        target, op, name = question["target"], question["op"], question.get("name", "")
        if op == "wait":
            time.sleep(question["seconds"] * self.time_scale)
            return None
        owner = {"resolve": self.world.resolve, "fusion": self.world.fusion}.get(target)
        owner = self._objects[target] if owner is None else owner
        if op == "dir":
            return list(dir(owner))
        value = getattr(owner, name)
        if op == "get":
            return {"is_method": True} if callable(value) else value
        return value(*[self.decode(argument) for argument in question["args"]])

    def encode(self, value):
        if isinstance(value, ApiObject):
            self._objects[id(value)] = value
            return {"$": id(value), "class": type(value).__name__}
        if isinstance(value, list | tuple):
            return {"list": [self.encode(entry) for entry in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(key), self.encode(entry)] for key, entry in value.items()]}
        return value

    def decode(self, value):
        if not isinstance(value, dict):
            return value
        if "$" in value:
            return self._objects[value["$"]] if value["$"] in self._objects else getattr(self.world, value["$"])
        if "list" in value:
            return [self.decode(entry) for entry in value["list"]]
        return {self.decode(key): self.decode(entry) for key, entry in value["dict"]}

    def to_lua(self, value):
        """Return Lua source; `object` makes a proxy there."""
        if value is None:
            return "nil"
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return repr(value)
        if isinstance(value, str):
            return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
        if isinstance(value, ApiObject):
            self._objects[id(value)] = value
            return f'object({id(value)}, "{type(value).__name__}")'
        if isinstance(value, list | tuple):
            return "{" + ",".join(self.to_lua(entry) for entry in value) + "}"
        return "{" + ",".join(f"[{self.to_lua(key)}]={self.to_lua(entry)}" for key, entry in value.items()) + "}"


def serve_python(desk, reader, writer):
    """Answer a Python launcher until it ends."""
    for line in reader:
        kind, value = desk.answer(json.loads(line))
        writer.write(json.dumps({kind: desk.encode(value)}).encode() + b"\n")
        writer.flush()


def serve_lua(desk, reader, writer):
    """Answer a Lua launcher until it ends."""
    for line in reader:
        kind, value = desk.answer(json.loads(line))
        writer.write(f"return {str(kind == 'value').lower()},{desk.to_lua(value)}\n".encode())
        writer.flush()


class Listener:
    """A place on the loopback where one other process of the test calls in."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(60)
        self.port = self._socket.getsockname()[1]

    def accept(self):
        connection, _ = self._socket.accept()
        connection.settimeout(None)
        self._socket.close()
        return connection
