"""What the report says of each task: scores, runs, samples, published results."""
