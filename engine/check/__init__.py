"""The audit of somebody's engine: which of its rules passes on a wrong gradient, and at which line."""
