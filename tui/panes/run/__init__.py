"""The panes on a run that is watched."""
