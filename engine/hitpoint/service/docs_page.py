"""The page under /docs: what can be called, as plain HTML made from the OpenAPI document. No script, no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}code,pre{font-family:monospace}"
    "pre{background:#f4f4f4;padding:.7em;overflow:auto}h2{margin-top:2em;font-size:1.1em}"
)


def docs_page(document: Mapping[str, Any]) -> str:
    """Return the page."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    body = "".join(_calls(document))
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
        f"<h1>{title}</h1><p>{escape(document['info'].get('description', ''))}</p>"
        "<p>The same for machines: <a href=/openapi.json>openapi.json</a></p>"
        f"{body}<h1>Values</h1>{''.join(_values(document))}</html>"
    )


def _calls(document: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(call.get('description', ''))}</p>"
            for given in call.get("parameters", ()):
                yield f"<p><code>{escape(given['name'])}</code> ({escape(given['in'])})</p>"
            for kind, body in call.get("requestBody", {}).get("content", {}).items():
                yield f"<p>takes <code>{escape(kind)}</code>: {_shown(body.get('schema', {}))}</p>"
            answers = (f"{status} {answer.get('description', '')}" for status, answer in call["responses"].items())
            yield f"<p>answers {escape('; '.join(answers))}</p>"


def _values(document: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        yield f"<h2 id={escape(name)}><code>{escape(name)}</code></h2><p>{escape(schema.get('description', ''))}</p>"
        yield f"<pre>{escape(json.dumps(schema.get('properties', schema), indent=1))}</pre>"


def _shown(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f"<a href=#{name}>{name}</a>"
    if "oneOf" in schema:
        return " or ".join(_shown(choice) for choice in schema["oneOf"])
    return f"<pre>{escape(json.dumps(schema, indent=1))}</pre>"
