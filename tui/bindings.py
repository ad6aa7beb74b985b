"""Textual bindings from the key table."""

from collections.abc import Iterable
from typing import Any

from textual.binding import Binding, BindingType

from .keys import KEYS, Key


def bindings(context: str, keys: Iterable[Key[Any]] = KEYS) -> list[BindingType]:
    """Return the bindings of one context of the key table."""
    return [
        Binding(name, action, key.label, show=False, tooltip=key.help)
        for key in keys
        if key.context == context
        for name, action in key.actions
    ]
