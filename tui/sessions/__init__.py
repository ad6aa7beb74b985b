"""One person's visit to a graph or a run: where they are, what they selected, what they ordered."""
