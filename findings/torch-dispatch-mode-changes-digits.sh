#!/usr/bin/env bash
# torch 2.13.0 (CPU): a TorchDispatchMode that only looks changes what is computed.
#
# Under a mode that hands every operation on as it is, torch.linalg.svdvals and eigvalsh take the
# routine that computes vectors, too, and the values come out in other last digits, for nearly any
# matrix; so do matrix_norm(A, 2) and cond, which rest on them. No gradient is asked for, and nothing
# says so. det, inv, solve, matrix_exp and products are the same to the bit. So a profiler or a check
# written as a mode disturbs what it watches.
# The wrong guess: a mode whose body is `return func(*args, **kwargs)` changes no number.
#
# Seen: "svdvals 200 of 200, eigvalsh 200 of 200, norm 154 of 200, inv 0 of 200, product 0 of 200".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet "torch==2.13.0" "numpy<3"
cat > "$place/looked_at.py" <<'PYTHON'
import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Looks(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


FUNCTIONS = {
    "svdvals": torch.linalg.svdvals,
    "eigvalsh": lambda A: torch.linalg.eigvalsh(A + A.mT),
    "norm": lambda A: torch.linalg.matrix_norm(A, 2),
    "inv": torch.linalg.inv,
    "product": lambda A: A @ A,
}


def others(function):
    torch.manual_seed(0)
    count = 0
    for _ in range(200):
        A = torch.randn(8, 8)
        alone = function(A)
        with Looks():
            count += not torch.equal(alone, function(A))
    return count


torch.set_num_threads(1)
found = {name: others(function) for name, function in FUNCTIONS.items()}
print(", ".join(f"{name} {count} of 200" for name, count in found.items()))
assert found["inv"] == found["product"] == 0 and found["svdvals"] > 100 < found["eigvalsh"], (
    "this has changed"
)
PYTHON
"$place/venv/bin/python" "$place/looked_at.py"
