"""The parts of a session on a run: its reader, scrubbing, the display, orders, comparison."""
