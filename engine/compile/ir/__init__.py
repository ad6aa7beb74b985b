"""What the folding starts from: rows traced into one graph, its guards, the update, the job."""
