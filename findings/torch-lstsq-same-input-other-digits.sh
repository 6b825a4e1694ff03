#!/bin/sh
# torch 2.13.0 (CPU, Linux x86-64): torch.linalg.lstsq with its default driver (gelsy) answers the
# same square, well-conditioned system differently from call to call, in the last digits, in one
# thread of one process. Drivers gels, gelsd and gelss, and torch.linalg.solve, repeat themselves;
# so does gelsy under torch.use_deterministic_algorithms(True), which fills fresh memory: its pivots
# seem to begin with whatever lies there. The documentation names no such function among those that
# are not deterministic, and nothing warns.
#
# Wrong guess: linear algebra on a CPU, one thread, same bits in, is the same bits out.
#
# Output seen:
#   solve 0 of 300, gels 0 of 300, gelsd 0 of 300, gelss 0 of 300, gelsy 124 of 300
#   gelsy, deterministic algorithms: 0 of 300
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/env/bin/python" - <<'PYTHON'
from functools import partial

import torch

torch.set_num_threads(1)


def others(solve) -> int:
    torch.manual_seed(0)
    count = 0
    for n in range(300):
        b = torch.randn(5, 5)
        A = b @ b.mT + torch.eye(5)
        first = solve(A, b)
        between = [torch.randn(17 + n) for _ in range(5)]  # other work, other free memory
        count += not torch.equal(first, solve(A, b))
    return count


def least_squares(driver: str, A: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.linalg.lstsq(A, b, driver=driver).solution


found = {"solve": others(torch.linalg.solve)}
for driver in ("gels", "gelsd", "gelss", "gelsy"):
    found[driver] = others(partial(least_squares, driver))
print(", ".join(f"{name} {count} of 300" for name, count in found.items()))
torch.use_deterministic_algorithms(True)
filled = others(partial(least_squares, "gelsy"))
print(f"gelsy, deterministic algorithms: {filled} of 300")
assert found.pop("gelsy") > 0 and not any(found.values()) and filled == 0, "this has changed"
PYTHON
