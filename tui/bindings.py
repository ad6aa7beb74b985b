"""Textual bindings from the key table."""

from textual.binding import Binding, BindingType

from .keys import keys_of


def bindings(context: str) -> list[BindingType]:
    """Return the bindings of one context of the key table."""
    return [
        Binding(
            name,
            f"fold_to({name})" if key.action == "fold_to" else key.action,
            key.label,
            show=False,
            tooltip=key.help,
        )
        for key in keys_of(context)
        for name in key.keys
    ]
