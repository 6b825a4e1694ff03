"""Seconds, processor time and peak memory of a command: python stopwatch.py COMMAND...

A small process of its own: a child counts the memory of the process that it was split off from.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

KIB = 1024  # Linux counts memory in it


def main(command: Sequence[str]) -> dict[str, float | str]:
    """What the command took; `problem`: the last line that it printed, where it failed."""
    with tempfile.TemporaryFile("w+") as output:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        last = output.read().strip().rpartition("\n")[2] if process.returncode else ""
    problem = f"exit code {process.returncode}: {last}" if process.returncode else ""
    used = usage.ru_utime + usage.ru_stime
    return {"seconds": seconds, "cpu": used, "peak": usage.ru_maxrss * KIB, "problem": problem}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
