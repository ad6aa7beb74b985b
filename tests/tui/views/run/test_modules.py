"""The modules of watched models as rows: a tree by their names, what stands beside each, at any width."""

import math
from typing import Any

import pytest

from micrograd_tui.engine.learning.module_look import Look, ModuleLook, Spread
from micrograd_tui.tui.text.format import cells
from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.text.lines import Line
from micrograd_tui.tui.views.run.modules import ModuleRows, module_header, module_line


def module(name: str, norm: float = 3.0, grad: float = 0.5, **more: Any) -> ModuleLook:
    found: dict[str, Any] = {"weights": Spread(10, norm), "gradients": Spread(10, grad), "update": 1e-3}
    return ModuleLook(name, "Linear", **(found | more))


def rows(*names: str, model: str = "net") -> ModuleRows:
    found = ModuleRows()
    found.show([Look(model, tuple(map(module, names)))])
    return found


def text(line: Line) -> str:
    return "".join(piece for piece, _ in line)


def written(found: ModuleRows, width: int = 60) -> list[str]:
    return [text(module_line(row, found.is_open(row), "", width, UNICODE)) for row in found.rows]


def test_names_that_begin_alike_share_a_row_that_folds() -> None:
    found = rows("emb", "h[0].attn.q", "h[0].attn.k", "h[1].mlp", "head")

    shown = [(row.depth, row.label) for row in found.rows]
    assert shown == [
        (0, "emb"),
        (0, "h"),
        (1, "[0].attn"),
        (2, "q"),
        (2, "k"),
        (1, "[1].mlp"),
        (0, "head"),
    ]
    found.toggle(found.rows[1])
    assert [row.label for row in found.rows] == ["emb", "h", "head"]


def test_a_model_of_many_modules_is_folded_at_first() -> None:
    assert [row.label for row in rows(*(f"h[{i}].fc" for i in range(60)), "head").rows] == ["h", "head"]


def test_a_sequential_is_called_by_its_variable_and_several_models_by_theirs() -> None:
    assert [row.place for row in rows("[0]", "[2]").rows] == ["net", "net[0]", "net[2]"]
    found = ModuleRows()
    found.show([Look("gen", (module("fc"),)), Look("disc", (module("fc"), module("[1]")))])
    assert [row.place for row in found.rows] == ["gen.fc", "disc", "disc.fc", "disc[1]"]


def test_the_row_of_an_event_is_its_module_or_what_holds_it() -> None:
    found = rows("h[0].q", "h[1].q")

    assert found.rows[found.row_of("h[1].q")].place == "h[1].q"
    found.toggle(found.rows[0])
    assert found.rows[found.row_of("h[1].q")].place == "h"
    assert found.row_of("elsewhere") == -1


def test_a_row_has_norms_the_ratio_and_dead_units_and_a_folded_one_those_of_all() -> None:
    found = ModuleRows()
    of = [module("a.x", 3.0, 3.0, units=8, dead=2), module("a.y", 4.0, 4.0, units=8, dead=0)]
    found.show([Look("net", tuple(of))])

    assert written(found)[0].split() == ["▾", "a", "5", "1.0e-03", "2/16", "5"]
    assert written(found)[1].split() == ["x", "3", "1.0e-03", "2/8", "3"]


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"gradients": Spread()}, "None"),
        ({"gradients": Spread(), "frozen": True}, "frozen"),
        ({"gradients": Spread(10, math.nan, nonfinite=7)}, "7 bad"),
        ({"weights": Spread(10, math.nan, nonfinite=12_000)}, "12k bad"),
        ({"update": None}, "Linear"),
    ],
)
def test_what_is_missing_frozen_or_not_finite_is_said(more: dict[str, Any], shown: str) -> None:
    found = ModuleRows()
    found.show([Look("net", (module("Linear", **more),))])

    assert shown in written(found)[0]


@pytest.mark.parametrize("width", [12, 20, 31, 40, 64, 120])
def test_every_line_fits_its_width(width: int) -> None:
    found = rows("transformer.h[11].attn.c_proj", "transformer.h[11].mlp.c_fc")

    assert all(cells(line) <= width for line in written(found, width))
    assert cells(text(module_header(width, UNICODE))) <= width
