"""Events on the watching screen: the neuron they are about is lit, and Enter opens their step."""

from pathlib import Path

from frozen_runs import frozen, until, watched
from screens import pane_lines

from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.store.writer import Writer
from micrograd_tui.tui.panes.base import Painted
from micrograd_tui.tui.panes.run.parameters import ParametersPane
from micrograd_tui.tui.screens.moment import MomentScreen
from micrograd_tui.tui.sessions.moment import MomentSession

DEAD = "layer[0]/neuron[2]"


def bury(store: Store) -> None:
    writer, status = Writer(store.path, 1_000_000, journal="delete"), store.status()
    writer.event(47, "health", f"{DEAD} is dead: it learns nothing; try lr 10 times smaller", DEAD)
    writer.commit(status.state, status.step, status.steps, status.loss)
    writer.close()


async def test_a_dead_neuron_is_lit_in_the_parameters_where_its_event_is_chosen(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        bury(store)
        async with watched(store, size=(120, 40)) as (pilot, screen, _):
            parameters = screen.query_one(ParametersPane)
            before = "\n".join(pane_lines(parameters))
            await pilot.press("up")
            await pilot.pause()
            lit = [line for line in pane_lines(parameters) if "neuron[2]" in line]

            assert "neuron[2]" not in before
            assert len(lit) == 1
            assert parameters.glyphs.event in lit[0]


async def test_enter_opens_the_step_of_the_event_with_its_neuron_selected(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        bury(store)
        async with watched(store, size=(120, 40)) as (pilot, screen, session):
            await pilot.press("up", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, MomentScreen))
            moment = pilot.app.screen
            assert isinstance(moment, MomentScreen)
            assert isinstance(moment.session, MomentSession)
            scope = moment.session.recording.scopes[moment.session.selected]

            assert moment.session.moment.step == 47
            assert scope == f"{moment.sample}/{DEAD}"
            assert DEAD in moment.session.note
            await pilot.press("escape")
            await pilot.pause()
            assert pilot.app.screen is screen
            assert session.cursor == 47


async def test_of_a_script_enter_goes_to_the_step(tmp_path: Path) -> None:
    from micrograd_tui.engine.runs.script.run import Run

    with Run("mine", runs_dir=tmp_path) as run:
        for step in range(30):
            run.log(step=step, loss=float("nan") if step == 20 else 1.0)
    async with watched(run.store) as (pilot, screen, session):
        await pilot.press("up", "enter")
        await pilot.pause()

        assert session.cursor == 20
        assert pilot.app.screen is screen
        assert "training step 20" in pane_lines(screen.query_one("#note", Painted))[0]


async def test_a_click_chooses_an_event(tmp_path: Path) -> None:
    with frozen(tmp_path) as store:
        bury(store)
        async with watched(store, size=(120, 40)) as (pilot, _, session):
            await pilot.click("#events", offset=(10, 1))

            assert session.happened.chosen
            assert session.happened.chosen.step == 0
