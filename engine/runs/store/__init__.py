"""One SQLite file a run: its schema, what reads it, what writes it, who holds it."""
