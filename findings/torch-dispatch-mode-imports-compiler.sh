#!/usr/bin/env bash
# torch 2.13.0: the first operation under a TorchDispatchMode imports torch's compiler.
#
# A mode that only looks at operations, in a program that never compiles anything, makes the process
# import torch._dynamo and what that needs: about 820 modules, a second and 150 MB, in every process
# that uses one. A mode whose class says `_should_skip_dynamo() -> False` does not.
# The wrong guess: a mode is part of eager torch and costs some microseconds for each operation.
#
# Seen: "said no: not imported, 0" and "a plain mode: torch._dynamo imported, 823 modules more".
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/python" -m pip install --quiet "torch==2.13.0" "numpy<3"
cat > "$place/modes.py" <<'PYTHON'
import sys

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class Looks(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


class SaysNo(Looks):
    @classmethod
    def _should_skip_dynamo(cls):
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


def under(mode):
    before = set(sys.modules)
    with mode:
        torch.ones(3) + 1
    return "torch._dynamo" in sys.modules, len(set(sys.modules) - before)


numbers = torch.ones(3) + 1  # what torch itself imports at a first operation
quiet, none_more = under(SaysNo())
loud, many_more = under(Looks())
print(f"said no: {'imported' if quiet else 'not imported'}, {none_more}")
print(f"a plain mode: torch._dynamo {'imported' if loud else 'not imported'}, {many_more} modules more")
assert (quiet, loud) == (False, True) and none_more < 10 < 500 < many_more, "this has changed"
PYTHON
"$place/venv/bin/python" "$place/modes.py"
