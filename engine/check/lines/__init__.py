"""The lines of a learner's file: which of them a fault is blamed on."""
