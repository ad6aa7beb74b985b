"""What a pane says of a recording or a run, as text: made from data, without a terminal."""
