"""The docs say what the code says: what is generated, the public API, links, the map of the house."""

import importlib.util
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from micrograd_tui.tui.keys import keys_of

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py, which makes the generated parts."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_generated_parts_are_what_make_readme_makes(generate: ModuleType) -> None:
    for name, part in generate.PARTS.items():
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")

        assert generate.generated(page, part()) == page, f"docs/{name} is out of date: make readme"


def test_the_page_of_the_api_lists_what_each_public_module_exports(generate: ModuleType) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    sections = re.split(r"^## `(.+)`$", page, flags=re.MULTILINE)[1:]
    listed = dict(zip(sections[::2], sections[1::2], strict=True))

    assert list(listed) == [f"micrograd_tui.{name}" for name in generate.PUBLIC]
    for module, section in listed.items():
        rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, flags=re.MULTILINE)

        assert sorted(name for name, _ in rows) == sorted(import_module(module).__all__)
        assert all(line.endswith(".") for _, line in rows)


def test_what_is_public_can_be_imported_by_its_name(generate: ModuleType) -> None:
    for name in generate.PUBLIC:
        module = import_module(f"micrograd_tui.{name}")

        assert all(hasattr(module, each) for each in module.__all__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page

        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(page: Path) -> set[str]:
    """The anchors of a page, as a web page makes them of its headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


def test_every_path_that_the_map_of_the_house_names_is_there() -> None:
    """`engine/ops.py`, `tui/panes/` and the like, in docs/architecture.md and CONTRIBUTING.md."""
    for page in (ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"):
        text = page.read_text(encoding="utf-8")
        for path in re.findall(r"`((?:engine|tui|datasets|tests|docs)/[\w/.*-]*)`", text):
            found = any(ROOT.glob(path)) if "*" in path else (ROOT / path).exists()

            assert found, f"{page.name} names {path}"


def test_the_map_draws_every_room() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for top in ("engine", "tui"):
        for room in (ROOT / top).iterdir():
            if room.is_dir() and any(room.glob("*.py")):
                assert re.search(rf"\b{room.name}\b", text), f"{top}/{room.name}"


def test_the_keys_that_the_readme_names_are_bound() -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("| key | what it does |")[2]
    named = re.findall(r"`(.)`", "".join(re.findall(r"^\|(.+?)\|", section, flags=re.MULTILINE)))

    assert {"n", "N", "q"} <= set(named) <= {name for key in keys_of("graph") for name in key.shown}


def test_the_readme_is_short() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 130
