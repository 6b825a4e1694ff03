"""The one documented way to run and to go on: python workflow/run.py MATRIX [snakemake's options]

Checks the matrix first (Snakemake would read a broken file before we do), frees the folder when an
interrupted run left it locked and no driver lives, and reports from what exists if a job broke.
"""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from seqbench import matrix
from seqbench.errors import InputError
from seqbench.files import ensure_writable

DRIVER = Path(".snakemake/driver")  # held, as long as it lives, by whoever drives this folder
LOCKS = Path(".snakemake/locks")
STOPS = (signal.SIGINT, signal.SIGTERM)
STEPS = ("collect", "analyze", "draw", "report")


def driven() -> bool:
    """Whether a driver lives: the system lets go of its hold when it dies, however it dies."""
    DRIVER.parent.mkdir(exist_ok=True)
    with DRIVER.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def call(command: list[str]) -> int:
    """The exit code of a command; 130 when a person or the system asked it to stop."""
    for signum in STOPS:  # a shell that starts us with & has us ignore one; it would, too
        signal.signal(signum, signal.SIG_DFL)
    process = subprocess.Popen(command, process_group=0)  # so that each stop reaches it once
    stops: list[int] = []

    def stop(signum: int, frame: object) -> None:
        stops.append(signum)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT if len(stops) < 3 else signal.SIGKILL)

    for signum in STOPS:
        signal.signal(signum, stop)
    code = process.wait()
    return 130 if stops else code


def ensure_cache() -> None:
    """Refuse where Snakemake could not keep its sources; it would end in a traceback.

    Raises:
        InputError: the user's cache cannot be written.
    """
    place = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    try:
        ensure_writable(Path("/", place, "snakemake"))
    except InputError as error:
        raise InputError(
            f"{place}: Snakemake cannot keep its sources there. Allowed: a folder that can be "
            "written. Name one in XDG_CACHE_HOME."
        ) from error


def main(path: str, options: list[str]) -> int:
    """Run the workflow of a matrix; the exit code of snakemake, 2: bad input, 130: interrupted."""
    try:
        chosen = matrix.read(Path(path))
        ensure_cache()
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    if driven():
        print(
            "This folder: a run is at work in it. Allowed: one. Wait or stop it.", file=sys.stderr
        )
        return 2
    snakemake = [sys.executable, "-m", "snakemake"]
    if LOCKS.exists() and any(LOCKS.iterdir()):
        subprocess.call([*snakemake, "--unlock", "--configfile", path])
    code = call([*snakemake, *options, "--configfile", path])
    if code == 130:
        print("Interrupted. Run the same command again to go on.", file=sys.stderr)
        return code
    if code and not options:
        print("Not all went well; the report is made from what exists.", file=sys.stderr)
        for step in STEPS:
            call([sys.executable, "-m", "seqbench", step, "--config", path])
    for file in (Path(f"{chosen.report}.html"), Path(f"{chosen.report}.pdf")):
        print(f"{file.resolve()}" if file.exists() else f"{file}: was not made")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
