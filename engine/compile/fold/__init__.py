"""A traced graph, folded: repeated scalars become columns, sums and products of matrices, then numpy."""
