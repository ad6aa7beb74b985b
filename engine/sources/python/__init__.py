"""Graphs of other people's Python: a script, a notebook or a module is run, a graph of it recorded."""
