"""What a pane shows of a recording or a run, as lines of text: made from data, without a terminal."""
