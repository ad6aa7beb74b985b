"""The watching screen on a GPT: its curves, samples, attention, parameters, and a step opened from it."""

from pathlib import Path

import pytest
from frozen_runs import until, watched
from screens import pane_lines
from small_gpts import trained

from micrograd_tui.engine.learning.language.sampling import sample
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.tui.panes.run.attention import AttentionPane
from micrograd_tui.tui.panes.run.parameters import ParametersPane
from micrograd_tui.tui.panes.run.plot import PlotPane
from micrograd_tui.tui.panes.run.samples import SamplesPane
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.sessions.moment import MomentSession
from micrograd_tui.tui.sessions.replay import Moments
from micrograd_tui.tui.sessions.watching import WatchSession
from micrograd_tui.tui.views.graph.outline import Outline
from micrograd_tui.tui.views.run.parameter_tree import ParameterTree


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return trained(tmp_path_factory.mktemp("gpt"), heads=2)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_it_shows_the_loss_the_line_to_beat_and_samples(run: Store, size: tuple[int, int]) -> None:
    async with watched(run, size=size) as (pilot, screen, _):
        await pilot.pause()
        plot = "\n".join(pane_lines(screen.query_one(PlotPane)))
        samples = screen.query_one(SamplesPane)

        assert "guessing by frequency" in plot
        assert "validation" in plot
        assert (
            "GPT, 1 layer of 4, 2 heads" in " ".join(pane_lines(screen.query_one("#title")))
            or size[0] < 100
        )
        assert samples.display
        state = run.checkpoint_at_or_before(2**62)
        assert state
        first = sample(run.gpt_config, state.parameters, range(1))[0]
        assert pane_lines(samples)[0].startswith(first)


async def test_samples_of_an_earlier_step_are_those_of_its_parameters(run: Store) -> None:
    async with watched(run, size=(120, 40)) as (pilot, screen, _):
        await pilot.press("home")
        await pilot.pause()
        samples = screen.query_one(SamplesPane)
        state = run.checkpoint_at_or_before(0)
        assert state

        assert pane_lines(samples)[0].startswith(sample(run.gpt_config, state.parameters, range(1))[0])


async def test_attention_is_of_the_document_of_the_step_looked_at(run: Store) -> None:
    async with watched(run, size=(120, 40)) as (pilot, screen, _):
        await pilot.press("v", "home")
        await pilot.pause()
        pane = screen.query_one(AttentionPane)
        row = screen.session.schedule.batch_of(0)[0]
        text = run.gpt_config.text(run.rows[row][0])

        assert pane.display
        assert f"while it reads {text}" in str(pane.border_title)
        assert "█1.0" in "\n".join(pane_lines(pane))


async def test_parameters_are_listed_by_block(run: Store) -> None:
    async with watched(run, size=(160, 45)) as (pilot, screen, _):
        await pilot.pause()
        shown = "\n".join(pane_lines(screen.query_one(ParametersPane)))

        assert "wte  5 rows of 4" in shown
        assert "layer[0]/wq  4 rows of 4" in shown


async def test_enter_opens_the_step_at_the_cursor_with_its_stored_loss(run: Store) -> None:
    async with watched(run, size=(120, 40)) as (pilot, *_):
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, MomentScreen))
        moment = pilot.app.screen
        assert isinstance(moment, MomentScreen)
        assert isinstance(moment.session, MomentSession)

        assert "as stored" in moment.session.note
        assert moment.session.attention


@pytest.mark.parametrize("batch", [1, 2])
def test_a_moment_is_that_document_and_those_parameters(tmp_path: Path, batch: int) -> None:
    store = trained(tmp_path, batch=batch, steps=6)

    opened = Moments(store).open(3)

    assert isinstance(opened, MomentSession)
    assert opened.descent.losses[0] == pytest.approx(store.metrics(3, 4).loss[0], abs=1e-12)
    texts = [store.gpt_config.text(store.rows[row][0]) for row in opened_batch(store, 3)]
    assert opened.opened.title == f"small, training step 3: {', '.join(texts)}"


@pytest.mark.parametrize("place", ["layer[0]/head[0]/wk", "layer[0]/mlp", "lm_head"])
def test_the_place_of_an_event_is_lit_in_the_graph(run: Store, place: str) -> None:
    opened = Moments(run).open(5, place)
    assert isinstance(opened, MomentSession)

    opened.show(Outline(opened.recording))

    lit = opened.recording.scopes[opened.selected]
    assert lit.startswith(f"position[0] begin/{place.removesuffix('/wk')}")


def opened_batch(store: Store, step: int) -> list[int]:
    return list(WatchSession(store).schedule.batch_of(step))


def test_an_event_is_about_a_block_or_a_head(run: Store) -> None:
    tree = ParameterTree(run.gpt_config)

    names = {
        tree.key_at(place): place for place in ("wte", "layer[0]/head[1]/wq", "layer[0]/mlp", "lm_head")
    }

    layers = [span.name for span in run.gpt_config.layers]
    assert [layers[key[0]] for key in names] == ["wte", "layer[0]/wq", "layer[0]/fc1", "lm_head"]
    assert tree.key_at("nothing of it") == ()


def test_the_settings_that_tell_two_gpts_apart_are_told(run: Store, tmp_path: Path) -> None:
    trained(run.path.parent, "other", embed=8, steps=4)
    session = WatchSession(run)
    session.comparison.toggle("other")

    assert session.comparison.differing == ["embed", "heads", "steps"]
