"""The picture in the README: the report's first one, and a line that says where it came from.

The line bears the drawing's checksum, so that neither is ever changed without the other. Its date
is the day on which training last wrote a file of that run (UTC), not the day of the drawing.
"""

import re
from datetime import UTC, datetime
from pathlib import Path

from seqbench import __version__
from seqbench.analysis.tidy import read_table
from seqbench.analysis.trials import OPTIMIZERS
from seqbench.errors import InputError
from seqbench.figures import overview
from seqbench.files import atomic_write, read_verified, remake, sha256
from seqbench.report import facts
from seqbench.report.numbers import plural

PLACE = "reports/picture/overview.svg"
BEGIN, END = "<!-- picture: `make picture` writes this -->", "<!-- end of the picture -->"
DIGITS = 16  # of the checksum


def write(matrix_path: Path, results: Path, home: Path = facts.ROOT) -> None:
    """Copy the drawing of a run to PLACE and write the README's lines about it.

    Raises:
        InputError: the run has no drawing, or the README has no place for it.
    """
    drawn = _drawn(results)
    if not drawn.exists():
        raise InputError(
            f"{drawn}: does not exist. Allowed: a run whose figures were drawn. {remake('draw')}"
        )
    readme, drawing = home / "README.md", read_verified(drawn, remake("draw"))
    text = readme.read_text(encoding="utf-8")
    around = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.S)
    if not around.search(text):
        raise InputError(
            f"{readme}: has no place for the picture. Allowed: the lines {BEGIN} and {END}, once "
            "each. Write them where the picture shall stand."
        )
    block = f"{BEGIN}\n{_block(matrix_path, results, drawing)}\n{END}"
    atomic_write(home / PLACE, drawing)
    atomic_write(readme, around.sub(lambda _: block, text, count=1).encode())


def _drawn(results: Path) -> Path:
    """The overview; of several, that of the most adaptive optimizer."""
    names = ["overview.svg", *(f"overview_{name}.svg" for name in OPTIMIZERS)]
    files = [results / "figures" / name for name in names]
    return next((file for file in reversed(files) if file.exists()), files[0])


def _block(matrix_path: Path, results: Path, drawing: bytes) -> str:
    n = facts.trial_count(read_table(results, "trials"))
    machine = facts.machines(read_table(results, "costs"))
    return (
        f"![{overview.TITLE}. {overview.ALT}]({PLACE})\n\n"
        f"*{overview.TITLE}: 0 is chance, 1 is perfect, gray does not apply. From the "
        f"{plural(n, 'trial')} of `{facts.shown(matrix_path)}`, trained {_day(results)} with "
        f"seqbench {__version__} on {machine}. SHA-256 of the drawing: "
        f"{sha256(drawing)[:DIGITS]}.*"
    )


def _day(results: Path) -> str:
    """When training last wrote a file."""
    files = [path.stat().st_mtime for path in (results / "trials").rglob("*.parquet")]
    if not files:
        return "on an unknown day"
    return f"on {datetime.fromtimestamp(max(files), UTC):%Y-%m-%d}"
