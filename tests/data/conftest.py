"""The fixtures of tests of data."""

from tests.helpers.world import server, world

__all__ = ["server", "world"]
