"""Certificates evaluated again: by the loop over the cell's step, in float32, on fresh sequences.

With 256 sequences, a network that gets fewer than 96.5 % of the strings of `counting` right passes
the mark of 99 % (at most two wrong) in less than one check of a hundred; the other tasks ask some
hundred times in every sequence.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell, Param
from seqbench.certificates.certificate import Certificate
from seqbench.certificates.problems import PROBLEMS
from seqbench.engine.beside import Beside
from seqbench.engine.held_out import HeldOut
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.forward import Forward
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.errors import InputError
from seqbench.networks.network import build
from seqbench.remedy import At
from seqbench.training import Training

SEQUENCES = 256


class Checked(NamedTuple):
    """The score at so many times the length, and whether it meets the task's mark."""

    score: float
    passes: bool


def check(
    certificate: Certificate, seed: int = 1, *, length: int | None = None, more: int = 0
) -> Checked:
    """Evaluate a certificate on sequences of this seed.

    length: of the task; None: 25 times its default. more: units that are left unused.

    Raises:
        InputError: its weights do not fit the cell.
    """
    problem, units = PROBLEMS[certificate.problem], certificate.units
    task = registry.load_task(problem.task, problem.knobs_at(length or problem.tested))
    cell = registry.load_cell(certificate.cell, certificate.knobs)
    network = build(cell, task, Training(hidden=units + more))
    sizes = {"I": task.inputs, "H": units, "O": task.outputs}
    weights = wider(
        cell, expand(certificate, cell, sizes), cell.shapes(sizes | {"H": units + more})
    )
    rows = {name: weight.unsqueeze(0) for name, weight in weights.items()}
    at = At(network, 0, RowNoise([seed], "certify", 0, CPU), task.lag, training=False)
    passes = Passes("eager", batch=SEQUENCES)
    held = HeldOut((task.sample(SEQUENCES, stream(seed, "certify")),))
    found = evaluate(Forward(network, rows, Beside(members=()), at, passes), task, held)
    score = float(found.score)
    return Checked(score, task.solved(score))


def wider(cell: Cell, weights: Tensors, shapes: dict[str, tuple[int, int]]) -> Tensors:
    """The same in larger shapes: whatever the further units have is 0, gate by gate."""
    params, made = cell.params() | READOUT, dict(weights)
    for name, param in params.items():
        blocks = weights[name].chunk(len(param.gates), param.axis)
        size = [*shapes[name]]
        size[param.axis] //= len(param.gates)
        grown = [
            pad(block, (0, size[1] - block.shape[1], 0, size[0] - block.shape[0]))
            for block in blocks
        ]
        made[name] = torch.cat(grown, param.axis)
    return made


def expand(certificate: Certificate, cell: Cell, sizes: dict[str, int]) -> Tensors:
    """The weights of a network, readout included.

    Raises:
        InputError: a name, a gate or a shape is another one than the cell's.
    """
    params, shapes = cell.params() | READOUT, cell.shapes(sizes)
    where = f"{certificate.cell}.json: {certificate.problem}"
    if unknown := certificate.weights.keys() - params.keys():
        raise _refusal(where, f"there is no weight {min(unknown)!r}", params)
    return {
        name: _whole(certificate.weights.get(name, 0), param, shapes[name], f"{where}.{name}")
        for name, param in params.items()
    }


def _whole(given: object, param: Param, shape: tuple[int, int], where: str) -> Tensor:
    if not isinstance(given, dict):
        return _block(given, shape, where)
    if unknown := given.keys() - {*param.gates}:
        raise _refusal(where, f"there is no gate {min(unknown)!r}", param.gates)
    sizes = [*shape]
    sizes[param.axis] //= len(param.gates)
    blocks = [
        _block(given.get(gate, 0), (sizes[0], sizes[1]), f"{where}.{gate}") for gate in param.gates
    ]
    return torch.cat(blocks, param.axis)


def _block(given: object, shape: tuple[int, int], where: str) -> Tensor:
    try:
        block = torch.tensor(given, dtype=torch.float32)
    except (TypeError, ValueError) as error:
        raise _refusal(where, f"is no table of numbers ({error})", shape) from error
    block = block.unsqueeze(0) if block.dim() == 1 else block
    if block.dim() and block.shape != shape:
        raise _refusal(where, f"has the shape {tuple(block.shape)}", shape)
    return block.expand(shape).contiguous()


def _refusal(where: str, what: str, allowed: Sequence[object] | dict[str, Param]) -> InputError:
    words = ", ".join(map(str, allowed))
    return InputError(f"{where}: {what}. Allowed: {words}. Mend the file.")
