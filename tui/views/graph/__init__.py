"""The shape of a graph as lines and boxes: its tree, its drawing, its sums, what is folded."""
