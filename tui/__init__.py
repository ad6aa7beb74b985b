"""The terminal: the command line, the Textual app, and what stands between them and the engine."""
