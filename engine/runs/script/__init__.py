"""Runs of a user's own script or pipe: logged, never in the way."""
