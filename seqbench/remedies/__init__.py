"""Remedies against vanishing and exploding gradients: one idea per file, found by its name."""
