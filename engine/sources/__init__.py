"""Where graphs come from: a typed expression, the bundled examples."""
