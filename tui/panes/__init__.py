"""The panes: each draws one view of a session and repaints only the rows that changed."""
