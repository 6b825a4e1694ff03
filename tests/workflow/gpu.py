"""All that only a GPU can tell, in one command of eight minutes at most: `make gpu`.

What is most likely to break comes first, and what a step may take is bounded, so that every step
has its turn. In any case a table is left, reports/benchmarks/GPU-check.json; the times beside other
libraries are in GPU.json. `python tests/workflow/gpu.py cpu` shows that the script itself works.
"""

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from tests.helpers.steps import Step, made  # noqa: E402

BUDGET = 480.0  # seconds
SMOKE = HOME / "workflow/config/smoke.yaml"
TABLES = HOME / "reports/benchmarks"


def steps(device: str, folder: Path, table: Path) -> list[Step]:
    """In their order."""
    from seqbench import matrix

    config, tests = folder / "smoke.yaml", "tests/engine/fused/test_fused_gpu.py"
    config.write_text(f"{SMOKE.read_text()}\nresults: {folder}/results\n")
    found = [Step("kernels", ("-m", "pytest", "-q", "-x", "-p", "no:xdist", tests), 150)]
    found.append(Step("no update waits", ("-m", "tests.helpers.waits", device), 60))
    for task, cell in matrix.read(SMOKE).jobs():
        words = ("--config", str(config), "--task", task, "--cell", cell, "--device", device)
        found.append(Step(f"{task} / {cell}", ("-m", "seqbench", "train", *words), 40))
    bench = ("-m", "seqbench", "bench", "--quick", "--device", device, "--out", str(table))
    return [*found[:5], Step("beside others", bench, 180), *found[5:]]


def main(device: str = "cuda") -> int:
    """Make all steps, leave the table; 1 where a step has not ended well, 2 without a GPU."""
    import torch

    from seqbench.benchmarks import session
    from seqbench.files import atomic_write

    if device == "cuda" and not torch.cuda.is_available():
        print("make gpu: torch sees no CUDA device. Allowed: a machine with one. Try it there.")
        return 2
    name = session.file_name(torch.device(device))
    with tempfile.TemporaryDirectory() as folder:
        tables = TABLES if device == "cuda" else Path(folder)
        ended = made(steps(device, Path(folder), tables / f"{name}.json"), BUDGET)
        table = {"device": name, "torch": torch.__version__, "steps": [*map(asdict, ended)]}
        atomic_write(tables / f"{name}-check.json", json.dumps(table, indent=1).encode() + b"\n")
    return int(any(step.how != "ok" for step in ended))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
