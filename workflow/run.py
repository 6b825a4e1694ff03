"""The one documented way to run and to go on: python workflow/run.py MATRIX [snakemake's options]

Checks the matrix first (Snakemake would read a broken file before we do), frees the folder when an
interrupted run left it locked and no driver lives, reports from what exists if a job broke, and
ends with what failed or is missing. It runs the checkout that it lies in, wherever it is called.
"""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

HOME = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOME))  # and not an installed package of the same name

from seqbench import locks, manifest, matrix  # noqa: E402
from seqbench.commands._shared import ending  # noqa: E402
from seqbench.errors import InputError  # noqa: E402
from seqbench.matrix import places, wanted  # noqa: E402

LOCKS = Path(".snakemake/locks")
STOPS = (signal.SIGINT, signal.SIGTERM)
DRY = {"-n", "--dry-run", "--dryrun"}
SNAKEMAKE = """
import sys
try:
    from snakemake.cli import main
    main()
except KeyboardInterrupt:  # while it plans, it would end in a traceback
    sys.exit(130)
"""


def hold() -> TextIO:
    """The hold on this folder; the system lets go of it when the last process that has it dies.

    Raises:
        InputError: another driver has it, or it cannot be written.
    """
    file = locks.driver()
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise InputError(
            "This folder: a run is at work in it. Allowed: one. Wait or stop it."
        ) from error
    except OSError as error:
        print(
            f"This folder: its file system has no locks ({error.strerror}). Allowed: one run in "
            "it. See that there is no other.",
            file=sys.stderr,
        )
    return file


def call(command: list[str], held: TextIO) -> int:
    """The exit code of a command; 130 when a person or the system asked it to stop.

    held: the hold on this folder, which the command has, too, so that it outlives us.
    """
    for signum in STOPS:  # a shell that starts us with & has us ignore one; it would, too
        signal.signal(signum, signal.SIG_DFL)
    # a group of its own, so that each stop reaches it once
    process = subprocess.Popen(command, process_group=0, pass_fds=[held.fileno()])
    stops: list[int] = []

    def stop(signum: int, frame: object) -> None:
        stops.append(signum)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT if len(stops) < 3 else signal.SIGKILL)

    for signum in STOPS:
        signal.signal(signum, stop)
    code = process.wait()
    if stops:
        print("Interrupted. Run the same command again to go on.", file=sys.stderr)
    return 130 if stops else code


def drive(chosen: matrix.Matrix, options: list[str], held: TextIO) -> int:
    """Run the workflow; snakemake's exit code, or 1 where something failed or is missing."""
    snakemake = [sys.executable, "-c", SNAKEMAKE]
    config = str(chosen.path)
    locked = LOCKS.exists() and any(LOCKS.iterdir())
    if locked and call([*snakemake, "--unlock", "--configfile", config], held) == 130:
        return 130
    # without its last step, which would end as the trials did: whether a job broke is asked here
    code = call([*snakemake, *options, "--omit-from", "status", "--configfile", config], held)
    if code and (options or code == 130):
        return code  # Snakemake has said why; what was there before says nothing of this run
    if code:
        print("Not all went well; the report is made from what exists.", file=sys.stderr)
        for step in wanted.STEPS:
            if call([sys.executable, "-m", "seqbench", step, "--config", config], held) == 130:
                return 130
    for page in (Path(f"{chosen.report}.html"), Path(f"{chosen.report}.pdf")):
        print(page.resolve() if _is_new(chosen, "report") else f"{page}: was not made")
    if DRY.isdisjoint(options) and _is_new(chosen, "collect"):
        return ending(chosen) or code
    return code


def _is_new(chosen: matrix.Matrix, step: str) -> bool:
    """Whether what a step made is of this matrix and of the tables that there are."""
    return not manifest.due(Path(chosen.results), wanted.of_step(chosen, step))


def main(words: list[str]) -> int:
    """Run the workflow of a matrix, with options; 2: bad input, 130: interrupted, else `drive`."""
    if not words:
        print(
            f"{sys.argv[0]}: names no matrix. Allowed: MATRIX [snakemake's options]. Add it.",
            file=sys.stderr,
        )
        return 2
    path, *options = words
    file = Path(path).parent.resolve() / Path(path).name
    os.chdir(HOME)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(HOME), os.environ.get("PYTHONPATH", "")])
    try:
        chosen = matrix.read(matrix.from_here(file))
        places.check(chosen)
        with hold() as held:
            return drive(chosen, options, held)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
