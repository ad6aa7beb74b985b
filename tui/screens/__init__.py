"""The screens: each routes what its panes report to the session, and its news back to the panes."""
