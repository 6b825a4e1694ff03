"""Write the report as HTML and PDF."""

from argparse import Namespace
from pathlib import Path

from seqbench.commands import _shared

EXAMPLE = _shared.SMOKE
options = _shared.config


def run(options: Namespace) -> int:
    """Write both files where the matrix says.

    Returns 1 where something that the matrix asks for failed or is missing.
    """
    from seqbench import manifest, report
    from seqbench.matrix import places, wanted
    from seqbench.opened import digest

    read = _shared.claimed(options.config)
    places.claim(read, "report")
    folder, asked = Path(read.results), wanted.of_step(read, "report")
    report.build(options.config, folder, Path(read.report))
    made = {
        file: digest(Path(file)) for kind in ("html", "pdf") if (file := f"{read.report}.{kind}")
    }
    manifest.write(folder, asked, [], read=made)
    return _shared.ending(read)
