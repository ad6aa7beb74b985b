"""The parts of a session on a graph: its cursor, moving, breakpoints, selection, descent by hand."""
