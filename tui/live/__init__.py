"""What is drawn when: keys first, then what follows them, live frames, and work beside the screen."""
