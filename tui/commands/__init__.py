"""The commands, one a file: `add` gives a parser its options, `run` does the work.

None imports Textual, which takes longer than most of them: it comes with the app.
"""
