"""The smoke matrix in a loop, killed at random moments: python tests/workflow/soak.py MINUTES

Not a test that is found by itself: `make soak` runs it for 30 minutes. Every round starts with
empty results, kills what runs (all, a job, or the driver alone, whose jobs go on) until the run has
had its share, and ends undisturbed. Then its tables must be those of the first, calm round, and
nothing may have grown: files that nobody finished, processes, open files, memory.
"""

import hashlib
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from tests.helpers import processes  # noqa: E402
from tests.helpers.processes import drive, members, start, until  # noqa: E402

MATRIX = "workflow/config/smoke.yaml"
PARTS = ("Snakefile", "profiles", "reports", "seqbench", "workflow", "pyproject.toml")
MEASURED = ("costs", "summary", "pareto")  # tables with seconds or bytes in them
KILLS = 4  # a round


def copy(folder: Path) -> Path:
    """The project without results."""
    ignored = shutil.ignore_patterns("__pycache__", "*.html", "*.pdf", "results")
    for name in PARTS:
        source, target = HOME / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def digests(results: Path) -> dict[str, str]:
    """SHA-256 of every table without seconds or bytes."""
    tables = sorted(results.glob("tables/*.csv"))
    read = {file.name: file.read_bytes() for file in tables if file.stem not in MEASURED}
    return {name: hashlib.sha256(data).hexdigest() for name, data in read.items()}


def unfinished(folder: Path) -> list[Path]:
    """Temporary files: hidden, and not a checksum."""
    hidden = (folder / "results").rglob(".*.*")
    return [file for file in hidden if file.is_file() and file.suffix != ".sha256"]


def disturb(session: int, moments: random.Random) -> str:
    """Kill something; what it was."""
    running = [pid for rule in ("train", "reach") for pid in processes.jobs(session, rule)]
    what = moments.choice(("all", "a job", "the driver"))
    if what == "a job" and running:
        processes.kill(moments.choice(running))
        return what
    if what == "the driver" and running:
        drivers = [pid for pid in members(session) if pid not in running]
        processes.kill(*drivers)
        return what
    processes.kill_session(session)
    return "all"


def disturbed(folder: Path, moments: random.Random, killed: Counter[str]) -> None:
    """A run that is killed KILLS times, and then left in peace."""
    orphans = []
    for number in range(KILLS):
        driver = start(folder, folder / f"{number}.log", MATRIX)
        ended = lambda driver=driver: driver.poll() is not None  # noqa: E731
        if not until(ended, moments.uniform(2, 25)):
            killed[disturb(driver.pid, moments)] += 1
        if driver.poll() is None and not until(ended, 20):
            processes.kill_session(driver.pid)
        driver.wait()
        orphans.append(driver.pid)
    code = drive(folder, MATRIX).returncode
    if code:  # a job that was killed twice is trained by the next run
        code = drive(folder, MATRIX).returncode
    assert code == 0, f"the undisturbed run ended with {code}"
    assert until(lambda: not any(map(members, orphans)), 60), "orphans that never end"


def main(minutes: float) -> None:
    """Rounds until the time is over; a line for each, and at the end what was lost."""
    end, moments, killed = time.monotonic() + 60 * minutes, random.Random(0), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = copy(Path(name))
        assert drive(folder, MATRIX).returncode == 0
        calm, rounds = digests(folder / "results/smoke"), 0
        assert calm
        while time.monotonic() < end:
            rounds += 1
            shutil.rmtree(folder / "results")
            disturbed(folder, moments, killed)
            now = digests(folder / "results/smoke")
            other = [table for table in calm if now.get(table) != calm[table]]
            assert not other, f"round {rounds}: other tables: {', '.join(other)}"
            left = unfinished(folder)
            assert not left, f"round {rounds}: {left}"
            size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
            files, handles = (
                sum(1 for _ in folder.rglob("*")),
                len(list(Path("/proc/self/fd").iterdir())),
            )
            print(
                f"round {rounds}: {sum(killed.values())} kills so far, tables equal; {files} files "
                f"({size:.1f} MB), {handles} handles, largest process {peak:.0f} MB",
                flush=True,
            )
    told = ", ".join(f"{count} of {what}" for what, count in sorted(killed.items()))
    print(f"{rounds} rounds, kills: {told}; {len(calm)} tables each; lost: nothing")


if __name__ == "__main__":
    main(float(sys.argv[1]))
