"""What happened, as plain data: the recording, how it is made, played, searched and saved."""
