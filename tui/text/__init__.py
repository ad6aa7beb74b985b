"""Numbers, outside text and signs as a terminal shows them."""
