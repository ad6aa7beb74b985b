"""A screen of panes that follow something live: which of their lines are repainted, in which order."""

from functools import cached_property

from textual.screen import Screen

from ..panes.base import Painted
from .app import scheduler_of
from .instalments import Instalments
from .left import Leavable
from .scheduler import Scheduler


class LiveScreen(Leavable, Screen[None]):
    """Repaints at once what answers a key, and what is live as much at a time as the link can take."""

    def __init__(self) -> None:
        super().__init__()
        self._instalments: Instalments[tuple[Painted, int]] = Instalments()
        self.unpainted = False
        """Whether something is left to the next frame."""

    @property
    def scheduler(self) -> Scheduler:
        """The app's."""
        return scheduler_of(self.app)

    def release_keys(self) -> None:
        """Have the keys that were held come once this screen is there, or has changed."""
        self.call_after_refresh(self.scheduler.keys.release)

    def sync_panes(self) -> None:
        """Let every pane repaint what has changed, all in one frame: the answer to a key.

        The live frames after it wait until it has arrived.
        """
        if self.scheduler.pace.room is not None:
            self.scheduler.pace.hold()
        self._sync(self._in_sight())
        self.unpainted = False

    def sync_within(self, room: int) -> bool:
        """Let the panes repaint as much as there is room for; say whether anything has changed."""
        stale = [(pane, y) for pane in self._in_sight() for y in pane.stale()]
        now = self._instalments.take(stale, room, _cost)
        self.unpainted = len(now) < len(stale)
        self._repaint(now)
        return bool(stale)

    def sync_bars(self) -> None:
        """Let the panes of one line repaint what has changed: it arrives before anything else."""
        self._sync([pane for pane in self._in_sight() if _is_bar(pane)])

    def sync_first(self) -> bool:
        """Let the panes that lead, and those of one line, repaint; say whether anything has changed."""
        return self._sync([pane for pane in self._in_sight() if _leads(pane)])

    def sync_rest(self) -> bool:
        """Let the other ones follow."""
        return self._sync([pane for pane in self._in_sight() if not _leads(pane)])

    def _sync(self, panes: list[Painted]) -> bool:
        stale = [(pane, y) for pane in panes for y in pane.stale()]
        self._repaint(stale)
        return bool(stale)

    @cached_property
    def _panes(self) -> list[Painted]:
        return list(self.query(Painted))

    def _in_sight(self) -> list[Painted]:
        return [pane for pane in self._panes if pane.display and pane.region]

    def _repaint(self, lines: list[tuple[Painted, int]]) -> None:
        by_pane: dict[Painted, list[int]] = {}
        for pane, y in lines:
            by_pane.setdefault(pane, []).append(y)
        with self.app.batch_update():
            for pane, ys in by_pane.items():
                pane.repaint(ys)


def _is_bar(pane: Painted) -> bool:
    return pane.size.height == 1


def _leads(pane: Painted) -> bool:
    return pane.LEADS or _is_bar(pane)


def _cost(line: tuple[Painted, int]) -> int:
    """About how many bytes a line takes; those of one line, which say how the run stands, go along."""
    pane, y = line
    return 0 if _is_bar(pane) else pane.cost(y)
