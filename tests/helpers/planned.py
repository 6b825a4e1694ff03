"""What Snakemake would do."""

import re
import subprocess
from collections.abc import Callable

Run = Callable[..., subprocess.CompletedProcess[str]]


def planned(run: Run, *words: str) -> dict[str, int]:
    """Rule -> number of jobs, by a dry run; empty where there is nothing to do."""
    ended = run("snakemake", "-n", *words)
    assert ended.returncode == 0, ended.stderr
    table = re.findall(r"^(\w+) +(\d+)$", ended.stdout + ended.stderr, re.MULTILINE)
    return {rule: int(count) for rule, count in table if rule != "total"}
