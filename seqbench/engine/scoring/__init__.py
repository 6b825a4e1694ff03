"""Scores on held-out sequences: validation, test, longer tests, beam search, samples."""
