"""The panes on a graph that is stepped through."""
