"""Textual bindings from the key table."""

from textual.binding import Binding, BindingType

from .keys import keys_of


def bindings(context: str) -> list[BindingType]:
    """Return the bindings of one context of the key table."""
    return [
        Binding(name, action, key.label, show=False, tooltip=key.help)
        for key in keys_of(context)
        for name, action in key.actions
    ]
