"""The fixtures of tests of data."""

from data_world import server, world

__all__ = ["server", "world"]
