"""The card of a variant: its equations, its sources, what the tables say of it."""
