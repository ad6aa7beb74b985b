"""Pictures made of characters: pure functions from numbers to text, and no panes."""
