"""A run that is about to be written: its configuration, its rows, and what is noted of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ....engine.learning.config import Config
from ....engine.learning.language.config import GPTConfig
from ....engine.learning.state import Row
from ....engine.runs.store.store import Store


@dataclass(frozen=True, eq=False)
class NewRun:
    """All that a store is made of."""

    config: Config | GPTConfig
    train: Sequence[Row]
    validation: Sequence[Row]
    facts: dict[str, Any]

    def write(self, path: Path, name: str) -> Store:
        """Write it under a name."""
        named = replace(self.config, name=name)
        return Store.create(path, named, self.train, self.validation, self.facts)
