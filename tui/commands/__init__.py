"""The commands beside the app, one a file. None of them imports Textual."""
