"""The help screen: it shows the keys in every set of signs, where Textual lays a box out without scrollbars."""

import pytest
from screens import opened


@pytest.mark.parametrize("signs", ["ascii", "unicode"])
async def test_the_keys_are_in_sight(signs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRAD_TUI_GLYPHS", signs)
    async with opened("neuron", size=(80, 24)) as (pilot, _, __):
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.pause()
        text = pilot.app.screen.query_one("#help-text")

        assert text.region.width > 70
        assert text.region.height > 15
