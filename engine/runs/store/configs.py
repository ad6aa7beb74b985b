"""The kinds of run, by their configuration: a network or a GPT trained here, or a script's own.

In the store a script's is the one without inputs, as it always was. Everywhere else it is a type of its
own, so that nobody asks a script's run for a network that it does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...learning.config import MOST_STEPS, Config
from ...learning.language.config import KIND, GPTConfig


@dataclass(frozen=True)
class ScriptConfig:
    """The configuration of a script's run: its name, and how many steps there are to be, 0 if unknown."""

    name: str
    steps: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= MOST_STEPS:
            raise ValueError(f"a run can have at most {MOST_STEPS:,} steps, not {self.steps}")

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data, which earlier versions read too."""
        return {"name": self.name, "dataset": "", "inputs": [], "target": "loss", "steps": self.steps}


RunConfig = Config | GPTConfig | ScriptConfig


def config_from_json(data: dict[str, Any]) -> RunConfig:
    """Make a configuration from what `to_json` gave; unknown names are left out."""
    if data.get("kind") == KIND:
        return GPTConfig.from_json(data)
    if data["inputs"]:
        return Config.from_json(data)
    return ScriptConfig(data["name"], data["steps"])
