"""Training a GPT on documents: its configuration, the loop, its health, and what it writes."""
