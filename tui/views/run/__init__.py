"""What is shown of a training run as text: its model, its parameters, several runs compared."""
