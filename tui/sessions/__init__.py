"""Sessions: one person on one graph or run, what they look at, selected, ordered. Without a terminal."""
