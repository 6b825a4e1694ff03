"""Many networks elsewhere: the loss and gradients are ours, or not timed; and notes are true."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqbench.benchmarks import jax_scan, kernels, mapped, networks, ours, peers, table, targets
from seqbench.benchmarks.kernels import Result
from seqbench.benchmarks.measure import Contender
from tests.helpers.places import HOME
from tests.helpers.races import BRIEF, CPU, TINY, timing

MANY = replace(TINY, work="networks")
RACE = """\
from seqbench.benchmarks import kernels
from tests.benchmarks.test_networks import BRIEF, CPU, MANY
result = kernels.race(MANY, BRIEF, CPU)
print(result.skipped, *(timing.contender for timing in result.timings), sep="\\n")
"""


def test_all_others_compute_ours() -> None:
    """In a process of its own: once JAX has threads, it warns of every fork of its process."""
    ended = subprocess.run([sys.executable, "-c", RACE], cwd=HOME, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    skipped, *timed = ended.stdout.splitlines()
    assert set(networks.OTHERS) <= set(timed), skipped


def test_without_jax_the_others_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    result = kernels.race(MANY, BRIEF, CPU)
    assert "jax" in result.skipped[jax_scan.ONE] and "jax" in result.skipped[jax_scan.MANY]
    assert result.best and result.timing(mapped.LOOP) and result.timing(mapped.LAYER)


@pytest.mark.parametrize("wrong", range(len(networks.ANSWER)))
def test_who_computes_something_else_is_not_timed(
    wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off(params: dict[str, Tensor], x: Tensor) -> Contender:
        answer = networks.answer(field)
        answer[wrong] = answer[wrong] * 1.001
        return Contender("off", lambda: answer, 1)

    field = ours.field(MANY, CPU)
    monkeypatch.setattr(networks, "OTHERS", {"off": off})
    result = kernels.race(MANY, BRIEF, CPU)
    assert f"another {networks.ANSWER[wrong]} than ours" in result.skipped["off"]


def test_what_is_asked_of_us_beside_jax() -> None:
    timings = [timing(jax_scan.ONE, 50.0), timing(jax_scan.MANY, 75.0, 50 / 75)]
    timings.append(timing("seqbench fused", 10.0, 5.0))
    result = Result(replace(MANY, hidden=16), timings, {}, {})
    found = {t.what: t for t in targets.listed([result], [], [], False)}
    one, many = (
        found[f"lstm H=16, networks: speed over {name}"] for name in (jax_scan.ONE, jax_scan.MANY)
    )
    assert (one.goal, one.measured, one.verdict) == (4, 5, "met")
    assert (many.goal, many.measured, many.verdict) == (6, 7.5, "met")


def test_a_note_says_that_torchrecurrent_s_lem_reads_the_old_z() -> None:
    torch.manual_seed(1)
    x = torch.randn(4, 2, 3)
    (peer,) = peers.PEERS["lem"]
    module = peer.build(x, 5)
    (cell,) = module.layer.cells

    def by_hand(reads: str) -> Tensor:
        y = z = torch.zeros(2, 5)
        states = []
        for x_t in x:
            W_bar, W_slow, W_z, W_y = (x_t @ cell.weight_ih.T).chunk(4, 1)  # biases start at 0
            U_bar, U_slow, U_z = (y @ cell.weight_hh.T).chunk(3, 1)
            bar, slow = (W_bar + U_bar).sigmoid(), (W_slow + U_slow).sigmoid()
            old, z = z, (1 - slow) * z + slow * (W_z + U_z).tanh()
            seen = old if reads == "old" else z
            y = (1 - bar) * y + bar * (W_y + seen @ cell.weight_ch.T).tanh()
            states.append(y)
        return torch.stack(states)

    assert torch.allclose(module(x), by_hand("old"), atol=1e-6)
    assert not torch.allclose(module(x), by_hand("new"), atol=1e-2)
    *_, last = table.race(kernels.race(replace(TINY, cell="lem"), BRIEF, CPU))
    assert last.strip() == f"{peer.name} computes something else: {peer.differs}"


def test_a_note_says_that_torchrecurrent_s_trnn_has_a_bias_more() -> None:
    (peer,) = peers.PEERS["t_rnn"]
    (cell,) = peer.build(torch.randn(4, 2, 3), 5).layer.cells
    own = ours.load("t_rnn").shapes({"I": 3, "H": 5, "O": 1})["b"]
    assert peer.differs and cell.bias_ih.numel() == 10 and own[-1] == 5
