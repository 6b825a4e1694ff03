"""Where the project lies, and beside it the real data."""

from pathlib import Path

HOME = Path(__file__).parents[2]
CONFIG = HOME / "workflow" / "config"
MIRROR = HOME.parent / "shared" / "data"  # where there is one: tests that need it are skipped else
