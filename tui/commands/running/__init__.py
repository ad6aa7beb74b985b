"""What the commands that start a run or show one share: options, defaults, refusals, output."""
