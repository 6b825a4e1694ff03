#!/bin/sh
# torch 2.13.0 (CPU, Linux x86-64 with AVX-512): torch.sqrt of float32 is not the float32 that is
# nearest to the root for about one number in five, and of float64 for about one in seventy. It is
# off by one unit in the last place, whether the numbers lie side by side or not, in place or not.
# Division, addition and products are rounded as IEEE 754 says; numpy's root of the same numbers is,
# too, and so is that of the processor and of a GPU. So Adam by torch and Adam by three lines of C
# part after one update, though every other operation agrees to the bit.
#
# Wrong guess: the square root is one of the operations that IEEE 754 rounds correctly, and
# processors do so in one instruction, so any two libraries give the same.
#
# Output seen:
#   float32: torch 19498 of 100000 not the nearest, numpy 0, quotients 0
#   float64: torch and numpy differ in 1385 of 100000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet torch==2.13.0 numpy==2.4.6
"$folder/env/bin/python" - <<'PYTHON'
import numpy as np
import torch

torch.set_num_threads(1)
torch.manual_seed(0)
x = torch.rand(100_000) + 1e-3
nearest = x.double().sqrt().float()  # of 53 bits there are enough for this
ours = int((x.sqrt() != nearest).sum())
theirs = int((np.sqrt(x.numpy()) != nearest.numpy()).sum())
quotients = int(((x / 0.3).numpy() != x.numpy() / np.float32(0.3)).sum())
wide = int((x.double().sqrt().numpy() != np.sqrt(x.double().numpy())).sum())
print(f"float32: torch {ours} of 100000 not the nearest, numpy {theirs}, quotients {quotients}")
print(f"float64: torch and numpy differ in {wide} of 100000")
assert ours > 10_000 and wide > 100 and not theirs and not quotients, "this has changed"
PYTHON
