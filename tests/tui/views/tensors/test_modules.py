"""The tree by module: folded, how far each has come, the norms as they arrive, the node of the step lit."""

from small_tensors import small_recording

from micrograd_tui.tui.text.glyphs import UNICODE
from micrograd_tui.tui.views.tensors.modules import ModuleTree, scopes_around, tree_row


def drawn(tree: ModuleTree, taken: int, width: int = 50) -> list[str]:
    rows = (tree_row(tree, place, taken, width, UNICODE) for place in range(len(tree.rows)))
    return ["".join(text for text, _ in row) for row in rows]


def test_a_module_is_in_those_around_it() -> None:
    assert scopes_around("h[3].attn.c_proj") == ["h[3]", "h[3].attn", "h[3].attn.c_proj"]
    assert scopes_around("") == []


def test_it_begins_with_modules_folded_in_the_order_of_the_backward_pass() -> None:
    names = [" ".join(row.split()[:2]) for row in drawn(ModuleTree(small_recording()), 0)]

    assert names == ["○ Mean#6", "▾ h[0]", "▸ act", "▸ fc", "○ Mul#3"]


def test_a_folded_module_is_lit_for_the_step_in_it_and_counts_its_steps() -> None:
    rows = drawn(ModuleTree(small_recording()), 3)

    assert rows[3].split() == ["▶", "▸", "fc", "1/4", "0.25"]
    assert [row for row in rows if "▶" in row] == [rows[3]]


def test_opened_it_shows_its_nodes_and_what_has_arrived_at_them() -> None:
    tree = ModuleTree(small_recording())
    tree.toggle("h[0].fc")
    rows = drawn(tree, 3)

    assert rows[4].split() == ["▶", "✓", "Addmm#4", "0.25"]
    assert rows[5].split() == ["○", "bias", "1", "of", "1", "."]


def test_every_row_has_the_width_it_is_given() -> None:
    tree = ModuleTree(small_recording())
    tree.open_all()

    for width in (24, 40, 78):
        assert {len(row) for row in drawn(tree, 2, width)} == {width}
