"""In place of Resolve's fuscript: runs a script from the menu with Resolve's globals. For Python 3.6, too.

usage: menu_python.py PORT SCRIPT
"""

import json
import socket
import sys


class Far:
    def __init__(self, line, name):
        self.__dict__.update(_line=line, _name=name)

    def __getattr__(self, name):
        value = self._line.ask(target=self._name, op="get", name=name)
        if value == {"is_method": True}:
            return lambda *args: self._line.ask(target=self._name, op="call", name=name, args=args)
        return value

    def __dir__(self):
        return self._line.ask(target=self._name, op="dir")


class Line:
    def __init__(self, port):
        self._file = socket.create_connection(("127.0.0.1", port)).makefile("rwb")

    def ask(self, **question):
        if "args" in question:
            question["args"] = [self.encode(value) for value in question["args"]]
        try:
            self._file.write(json.dumps(question).encode() + b"\n")
            self._file.flush()
            line = self._file.readline()
        except OSError:
            line = b""
        if not line:
            return None  # Resolve is gone: everything is None
        answer = json.loads(line.decode())
        if "error" in answer:
            raise TypeError(answer["error"])
        return self.decode(answer["value"])

    def encode(self, value):
        if isinstance(value, Far):
            return {"$": value._name}
        if isinstance(value, (list, tuple)):
            return {"list": [self.encode(entry) for entry in value]}
        if isinstance(value, dict):
            return {"dict": [[self.encode(key), self.encode(entry)] for key, entry in value.items()]}
        return value

    def decode(self, value):
        if not isinstance(value, dict):
            return value
        if "$" in value:
            return Far(self, value["$"])
        if "list" in value:
            return [self.decode(entry) for entry in value["list"]]
        return {self.decode(key): self.decode(entry) for key, entry in value["dict"]}


def main():
    port, script = sys.argv[1:]
    line = Line(int(port))
    with open(script, encoding="utf-8") as stream:
        code = compile(stream.read(), script, "exec")
    resolve, fusion = Far(line, "resolve"), Far(line, "fusion")
    exec(code, {"__name__": "__main__", "resolve": resolve, "fusion": fusion, "fu": fusion, "bmd": None})


main()
