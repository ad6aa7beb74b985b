"""The file of a run: how it is opened and read, and what in it never changes.

Every read opens the file, reads and closes it: a watcher that held it open would keep a finished run
from becoming one plain file. `with file.reading():` makes several reads one look at one moment.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from ...learning.config import Config
from ...learning.language.config import GPTConfig
from ...learning.settings import Settings
from ...learning.state import Row
from . import schema
from .configs import RunConfig, config_from_json
from .schema import BadRun, plainly, unpack

BY_NAME = "by_name"
"""The fact that what was logged stands among the scores, each number by its name, the loss too."""


class RunFile:
    """One run's: its configuration, its rows and the facts noted at its start."""

    def __init__(self, path: Path, busy: float = schema.BUSY_SECONDS) -> None:
        self.path = path
        self.busy = busy
        """Seconds to wait for another process that holds the file locked."""
        self._open = threading.local()  # a connection is of the thread that reads

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read within one short transaction; nested uses share it."""
        if (open_one := getattr(self._open, "db", None)) is not None:
            yield open_one
            return
        with plainly(self.path):
            self._open.db = db = schema.open_reading(self.path, self.busy)
            try:
                db.execute("BEGIN")
                yield db
            finally:
                self._open.db = None
                db.close()

    def _all(self, query: str, *values: Any) -> list[Any]:
        with self.reading() as db:
            return db.execute(query, values).fetchall()

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Everything noted once: config, description, means, scales, notes, fingerprint, created."""
        found = self._all("SELECT key, value FROM facts")
        try:
            return {key: json.loads(value) for key, value in found}
        except (ValueError, TypeError) as error:
            raise BadRun(f"{self.path}: damaged: {error}") from None

    @cached_property
    def config(self) -> RunConfig:
        """The configuration the run was started with; see `changes` for what changed since."""
        try:
            return config_from_json(self.facts["config"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadRun(f"{self.path}: its configuration cannot be used: {error}") from None

    @property
    def has_model(self) -> bool:
        """Whether the run is trained here: with rows, a network and states to go back to."""
        return isinstance(self.config, Settings)

    @property
    def training_config(self) -> Settings:
        """The configuration of a run that is trained here; raise BadRun for one that a script logged."""
        if isinstance(self.config, Settings):
            return self.config
        raise BadRun(f"{self.name} was logged by a program of its own: no network of it is known")

    @property
    def network_config(self) -> Config:
        """That of a network trained on rows; raise BadRun for any other run."""
        if isinstance(self.config, Config):
            return self.config
        raise BadRun(f"{self.name} does not train a network on rows")

    @property
    def gpt_config(self) -> GPTConfig:
        """That of a GPT trained on documents; raise BadRun for any other run."""
        if isinstance(self.config, GPTConfig):
            return self.config
        raise BadRun(f"{self.name} trains no GPT on documents: it has nothing to sample")

    @property
    def name(self) -> str:
        """The name of the run: its file's, so that a copy is a run of its own."""
        return self.path.stem

    @property
    def by_name(self) -> bool:
        """Whether all numbers are kept by name, as scripts log them; a trainer has a row a step."""
        return bool(self.facts.get(BY_NAME))

    @property
    def log(self) -> Path:
        """The file with what the trainer printed."""
        return self.path.with_suffix(".log")

    @cached_property
    def rows(self) -> list[Row]:
        """The rows it trains on, in order."""
        return self._rows("train")

    @cached_property
    def validation(self) -> list[Row]:
        """The rows held back."""
        return self._rows("validation")

    def _rows(self, part: str) -> list[Row]:
        found = self._all("SELECT x, y FROM rows WHERE part = ? ORDER BY row", part)
        return [(tuple(unpack(x)), y) for x, y in found]
