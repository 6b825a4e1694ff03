"""Make .venv and install the pinned versions into it: python3 workflow/install.py LOCKFILE...

Without an NVIDIA GPU, torch comes from PyTorch's index of CPU builds, which spares gigabytes; where
that index does not answer within three seconds, the usual index serves.
"""

import shutil
import subprocess
import sys
import threading
import urllib.request
import venv
from pathlib import Path

HOME = Path(".venv")
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"
PATIENCE = 3.0  # seconds


def has_gpu() -> bool:
    """Whether this machine has an NVIDIA GPU."""
    return shutil.which("nvidia-smi") is not None or Path("/proc/driver/nvidia").exists()


def answers(address: str) -> bool:
    """Whether an index answers in time; a thread, because name servers can hang, too."""
    answered = threading.Event()

    def ask() -> None:
        try:
            with urllib.request.urlopen(f"{address}/torch/", timeout=PATIENCE):
                answered.set()
        except (OSError, ValueError):
            pass

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(PATIENCE)


def main(locks: list[str]) -> None:
    """Install what the lock files pin, and seqbench itself; ends with pip's code where it fails."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before we choose a Python
        sys.exit(
            f"python3 is {sys.version.split()[0]}. Allowed: 3.11 or newer. "
            "Name another one: make report PYTHON=python3.12"
        )
    if not (HOME / "bin" / "python").exists():
        venv.create(HOME, with_pip=True)
    index = []
    if sys.platform == "linux" and not has_gpu() and answers(CPU_BUILDS):
        index = ["--extra-index-url", CPU_BUILDS]
    print(f"Installing into {HOME} (the first time takes a few minutes) ...", flush=True)
    pip = [str(HOME / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    wanted = [word for lock in locks for word in ("-r", lock)]
    for arguments in (index + wanted, ["--no-deps", "--no-build-isolation", "-e", "."]):
        if code := subprocess.call([*pip, *arguments]):
            sys.exit(code)


if __name__ == "__main__":
    main(sys.argv[1:])
