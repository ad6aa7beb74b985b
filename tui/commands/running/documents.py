"""`train` on documents: a bundled text, or a file of text of the user's, a line a document."""

import argparse
from typing import Any

from ....datasets import TEXTS
from ....datasets.documents import Documents, read_documents, tokenise
from ....engine.learning.language.config import GPTConfig
from ...sessions.target import BadTarget
from ...text.format import plain
from .new_run import NewRun

OF_GPT = {"embed": "embed", "heads": "heads", "layers": "depth", "context": "context"}
"""The options that are for documents alone, and what the configuration calls them."""
OF_NETWORK = ("hidden", "activation", "loss", "l2")
OF_ROWS = ("target", "rows", "noise")
SHARED = ("optimizer", "lr", "momentum", "weight_decay", "schedule", "batch", "steps", "seed")


def is_of_documents(options: argparse.Namespace) -> bool:
    """Whether the options name a text: `.txt` means one."""
    if options.data is not None:
        return bool(options.data.lower().endswith(".txt"))
    return options.dataset in TEXTS


def refuse_gpt_options(options: argparse.Namespace) -> None:
    """Raise BadTarget for an option that only a GPT has."""
    for name in OF_GPT:
        if hasattr(options, name):
            texts = ", ".join(TEXTS)
            raise BadTarget(
                f"--{name} is for a GPT, which is trained on a text: {texts}, or --data FILE.txt"
            )


def new_gpt_run(
    options: argparse.Namespace, seed: int, backend: str, broken: tuple[str, ...] = ()
) -> NewRun:
    """Return the run that the options describe; raise BadTarget or BadData for what it cannot be."""
    _refuse_network_options(options)
    documents = _documents(options)
    config = _config(documents, options, seed, backend, broken)
    tokens = tokenise(documents, config.context, options.validation, config.seed)
    facts = {
        "description": documents.description,
        "source": documents.source,
        "licence": documents.licence,
        "notes": list(tokens.notes),
        "guessing": tokens.guessing,
    }
    return NewRun(config, tokens.train, tokens.validation, facts)


def _refuse_network_options(options: argparse.Namespace) -> None:
    given = [name for name in OF_NETWORK if hasattr(options, name)]
    given += [name for name in OF_ROWS if getattr(options, name) is not None]
    if given:
        raise BadTarget(f"--{given[0]} is for a network on rows; a text trains a GPT")


def _documents(options: argparse.Namespace) -> Documents:
    if options.data is None:
        return TEXTS[options.dataset].build()
    if options.dataset:
        raise BadTarget("--data takes the place of DATASET, --rows and --noise")
    return read_documents(options.data)


def _config(
    documents: Documents, options: argparse.Namespace, seed: int, backend: str, broken: tuple[str, ...]
) -> GPTConfig:
    settings: dict[str, Any] = {"seed": seed}
    settings |= {name: getattr(options, name) for name in SHARED if hasattr(options, name)}
    settings |= {own: getattr(options, name) for name, own in OF_GPT.items() if hasattr(options, name)}
    try:
        return GPTConfig(
            "", documents.name, documents.characters, backend=backend, broken=broken, **settings
        )
    except ValueError as error:
        raise BadTarget(plain(str(error))) from None
