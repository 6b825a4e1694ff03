"""What tests share: made-up results, small tasks and trainings, a mirror of the data, a browser."""
