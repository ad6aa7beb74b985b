"""Runs of a user's own script or pipe: logged without ever blocking it."""
