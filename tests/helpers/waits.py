"""Updates of 128 small trials, none of which may wait: python -m tests.helpers.waits cuda

In the loop, and played back from a recording where one can be made.
"""

import sys
import tempfile
import time
from pathlib import Path

import torch

from seqbench.engine.loop import update
from seqbench.engine.machine import graphs
from seqbench.engine.optimizers import optimizer
from seqbench.engine.updates import Updates, counted
from tests.helpers.training import bench, trial

UPDATES = 40


def main(wish: str) -> None:
    """Raises where an update asks the device for an answer; prints milliseconds for each."""
    device, adam, said = torch.device(wish), optimizer("adam", 0.0), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        laid = bench(Path(folder), hidden=16, batch=16, knobs={"length": 50}, device=device)
        stack = laid.stack([trial(seed=seed) for seed in range(128)])
        batches = [laid.source.batch(stack.seeds, step) for step in range(UPDATES)]
        update(stack, laid.task, batches[0], counted(adam))  # makes the kernels
        recorded = Updates(laid.task, adam, graphs.kind(device), said.append)
        plain = Updates(laid.task, counted(adam), None, said.append)
        times = {}
        for name, one in (("loop", plain), ("recording", recorded)):
            one(stack, batches[0])
            one(stack, batches[1])
            began = time.perf_counter()
            if wish == "cuda":
                torch.cuda.set_sync_debug_mode("error")
            for batch in batches:
                one(stack, batch)
            if wish == "cuda":
                torch.cuda.set_sync_debug_mode("default")
                torch.cuda.synchronize()
            times[name] = 1000 * (time.perf_counter() - began) / UPDATES
    words = "; ".join(f"{name} {spent:.2f} ms" for name, spent in times.items())
    print(f"an update of 128 trials: {words}. {' '.join(said)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
