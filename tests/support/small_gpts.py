"""A GPT that takes some milliseconds a step: a vocabulary of 4 and an end, embedding 4, one head."""

from pathlib import Path
from typing import Any

from small_runs import wait_for

from micrograd_tui.datasets.documents import Documents, Tokens, tokenise
from micrograd_tui.engine.learning.language.config import GPTConfig
from micrograd_tui.engine.learning.language.training import GPTTraining
from micrograd_tui.engine.recording.json_file import save
from micrograd_tui.engine.recording.record import record
from micrograd_tui.engine.runs.store.store import Store
from micrograd_tui.engine.runs.trainer.launch import launch
from micrograd_tui.engine.value import Value

TEXTS = ("ab", "abba", "baab", "cab", "dab", "bad", "abc", "dad", "cabbad", "add")


def config(name: str = "small", **settings: Any) -> GPTConfig:
    """Its configuration."""
    plain: dict[str, Any] = {"embed": 4, "heads": 1, "context": 5, "steps": 40, "seed": 7}
    return GPTConfig(name, "texts", tuple("abcd"), **(plain | settings))


def tokens(**settings: Any) -> Tokens:
    """What it trains on: one document is cut at the context."""
    return tokenise(Documents("texts", "some texts", TEXTS), config(**settings).context)


def training(**settings: Any) -> GPTTraining:
    """Its training."""
    return GPTTraining(config(**settings), tokens().train)


def graph() -> Value:
    """Its loss of one document of 3 letters, with two heads: some hundred nodes of attention."""
    made = training(heads=2)
    return made.document_loss(next(i for i, (x, _) in enumerate(made.rows) if len(x) == 5))


def graph_file(directory: Path) -> Path:
    """That graph as a recording in a file."""
    path = directory / "attention.json"
    save(record(graph()), path)
    return path


def stored(directory: Path, name: str = "small", **settings: Any) -> Store:
    """Write such a run."""
    data = tokens(**settings)
    made = config(name, **settings)
    facts = {"guessing": data.guessing, "notes": list(data.notes)}
    return Store.create(directory / f"{name}.sqlite", made, data.train, data.validation, facts)


def trained(directory: Path, name: str = "small", **settings: Any) -> Store:
    """Train such a run to its end."""
    store = stored(directory, name, **settings)
    launch(store)
    wait_for(lambda: not store.status().live)
    return store
