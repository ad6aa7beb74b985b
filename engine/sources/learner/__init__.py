"""Somebody's own `class Value`: what its parts are called, and its own backward pass as a recording."""
