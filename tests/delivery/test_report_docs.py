"""docs/report.md is made from docs/report.schema.json: run this file to make it again."""

import json
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN = "<!-- tables: made from report.schema.json by tests/delivery/test_report_docs.py -->\n"


def render(schema: dict) -> str:
    """One table per object of the schema, in the order in which it comes up."""
    tables: list[str] = []
    waiting = [("The report", schema)]
    while waiting:
        name, node = waiting.pop(0)
        rows = ["| field | type | meaning |", "|---|---|---|"]
        for key, value in node["properties"].items():
            inner, path = value, f"{name} → {key}" if name != "The report" else key
            if "anyOf" in value:
                inner = next(option for option in value["anyOf"] if "properties" in option)
            item = inner.get("items", inner)
            if "$ref" in item:
                item = schema["$defs"][item["$ref"].rsplit("/", 1)[1]]
            meaning = value.get("description") or item.get("description", "")
            if "properties" in item:
                title = f"`{path}`"
                if item is schema["$defs"]["tempo"] and key == "alternatives":
                    meaning += " Fields as in `tempo`."
                else:
                    waiting.append((path, item))
                    meaning += f" Fields: {title}."
            rows.append(f"| `{key}` | {type_of(value)} | {meaning} |")
        heading = f"## `{name}`" if name != "The report" else "## The report"
        tables.append("\n".join([heading, "", *rows]))
    return "\n\n".join(tables) + "\n"


def type_of(value: dict) -> str:
    if "anyOf" in value:
        return " or ".join(sorted((type_of(option) for option in value["anyOf"]), key=lambda t: t == "null"))
    if "enum" in value:
        return ", ".join(value["enum"])
    if "$ref" in value:
        return "object"
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    if kinds == ["array"]:
        return f"array of {type_of(value['items'])}"
    if kinds == ["object"] and "additionalProperties" in value and isinstance(value["additionalProperties"], dict):
        return f"object of {type_of(value['additionalProperties'])}"
    return " or ".join(kinds)


def load() -> tuple[str, str]:
    schema = json.loads((DOCS / "report.schema.json").read_text(encoding="utf-8"))
    return (DOCS / "report.md").read_text(encoding="utf-8"), render(schema)


def test_the_tables_are_those_of_the_schema():
    text, tables = load()
    assert text.split(BEGIN)[1].strip() == tables.strip()


def test_every_field_is_described():
    _, tables = load()
    rows = [row for row in tables.splitlines() if row.startswith("| `")]
    assert len(rows) > 100
    assert not [row for row in rows if row.rstrip(" |").count("|") < 3], "a field without a meaning"


if __name__ == "__main__":
    text, tables = load()
    (DOCS / "report.md").write_text(text.split(BEGIN)[0] + BEGIN + "\n" + tables, encoding="utf-8")
