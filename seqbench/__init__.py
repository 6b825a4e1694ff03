"""seqbench: which recurrent cell and which remedy survive vanishing and exploding gradients."""

__version__ = "0.1.0"
