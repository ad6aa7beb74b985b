"""Make the generated parts of the docs anew, the key table and the public API: python docs/generate.py.

The app's help is made from the same key table, and tests/test_docs.py compares the pages with it.
"""

import inspect
from importlib import import_module
from pathlib import Path

from micrograd_tui.tui.keys import markdown_table

DOCS = Path(__file__).parent
PUBLIC = ("engine", "engine.nn", "engine.compile", "engine.runs", "tui")
CONSTANTS = {"OPS": "The op table: each op's row by its name."}
"""What has no docstring of its own."""


def generated(page: str, part: str) -> str:
    """Return the page with what stands between its two marks replaced by the part."""
    before, rest = page.split("<!-- generated -->\n")
    after = rest.split("<!-- end of generated -->")[1]
    return f"{before}<!-- generated -->\n{part}\n<!-- end of generated -->{after}"


def api_tables() -> str:
    """Return a heading and a table for each public module."""
    return "\n\n".join(_module(f"micrograd_tui.{name}") for name in PUBLIC)


def _module(name: str) -> str:
    module = import_module(name)
    lines = [f"## `{name}`", "", _first_line(module)]
    if exported := sorted(module.__all__, key=str.lower):
        rows = [f"| `{each}` | {_summary(each, getattr(module, each))} |" for each in exported]
        lines += ["", "| name | what it is |", "|---|---|", *rows]
    return "\n".join([*lines, *([] if exported else ["", "Nothing yet."])])


def _summary(name: str, value: object) -> str:
    return (CONSTANTS.get(name) or _first_line(value)).replace("|", "\\|")


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


PARTS = {"keys.md": markdown_table, "api.md": api_tables}

if __name__ == "__main__":
    for name, part in PARTS.items():
        page = DOCS / name
        page.write_text(generated(page.read_text(encoding="utf-8"), part()), encoding="utf-8")
