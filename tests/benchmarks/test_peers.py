"""Ours and the peers do the same work; who cannot run says why."""

import sys
from dataclasses import replace
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from seqbench.benchmarks import flash, floor, grid, kernels, ours, peers, targets
from seqbench.benchmarks.grid import Case
from seqbench.engine.loop import update
from seqbench.engine.machine import graphs
from seqbench.engine.optimizers import optimizer
from tests.helpers.races import BRIEF, CPU, EAGER, TINY
from tests.helpers.tape import Tape


def test_ours_and_torch_do_the_same_work() -> None:
    field = ours.field(TINY, CPU)
    x, params = field.batch.x, field.stack.params
    layer = nn.LSTM(x.shape[-1], TINY.hidden)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(params["W"][0])
        layer.weight_hh_l0.copy_(params["U"][0])
        layer.bias_ih_l0.copy_(params["b"][0, 0])
        layer.bias_hh_l0.zero_()
    theirs = peers.one_pass("torch", peers.States(layer), x[0])
    own = ours.one_pass(ours.engines()[0], field)
    for found, wanted in zip(own.run(), theirs.run(), strict=False):
        assert torch.allclose(found[0].reshape(-1), wanted.reshape(-1), rtol=1e-4, atol=1e-7)
    assert (theirs.work, own.work) == (7, 3 * 7)


@pytest.mark.parametrize("build", [p.build for p in peers.LSTM], ids=[p.name for p in peers.LSTM])
def test_an_update_of_a_peer_moves_every_weight(build: peers.Build) -> None:
    field = ours.field(TINY, CPU)
    x, y = field.batch.x[0], field.batch.y[0, 0]
    torch.manual_seed(1)
    module = build(x, 5)
    before = [weight.clone() for weight in module.parameters()]
    losses = []
    contender = peers.one_update("x", module, x, y)
    for _ in range(60):
        losses.append(float(contender.run()))
    assert all(not torch.equal(*two) for two in zip(before, module.parameters(), strict=True))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("engine", ours.engines(), ids=[e.name for e in ours.engines()])
def test_an_update_of_ours_is_the_one_that_trains_by_that_engine(engine: ours.Engine) -> None:
    field = ours.field(TINY, CPU)
    if reason := ours.refusal(engine, field):
        pytest.skip(reason)
    by_hand = ours.field(TINY, CPU).stack
    assert f"seqbench {ours.one_update(engine, field).run()}" == engine.name
    update(by_hand, field.task, field.batch, optimizer("adam", 0.0))
    assert by_hand.done == 1 and field.stack.done == 0, "the field is left as it was"


@pytest.mark.parametrize("work", ["pass", "update"])
def test_where_there_are_graphs_ours_run_with_and_without(
    work: grid.Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "kind", lambda device: Tape)
    monkeypatch.setattr(ours, "engines", lambda: [EAGER])
    case = replace(TINY, work=work)
    plain, recorded = ours.contenders(case, ours.field(case, CPU))[0]
    assert recorded.name == f"{plain.name}, CUDA graphs" and recorded.work == plain.work
    before = Tape.played
    for _ in range(3):
        recorded.run()
    assert Tape.played == before + 3, "an update's first run ends with the trial of the recording"


def test_what_cannot_be_recorded_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tape, "replay", lambda tape: None)
    contender = ours.one_update(EAGER, ours.field(TINY, CPU), Tape)
    with pytest.raises(RuntimeError, match="does not repeat"):
        contender.run()


def test_the_invented_cell_is_its_equation_and_costs_what_a_peephole_lstm_does() -> None:
    cell = ours.load("invented")
    sizes = {"I": 2, "H": 3, "O": 1}
    params = cell.initialize(sizes, torch.Generator().manual_seed(1))
    params = {k: p.double() + 0.1 for k, p in params.items()}
    x, h, c = (torch.randn(4, n, dtype=torch.float64) for n in (2, 3, 3))
    i, f, g, o = (x @ params["W"].T + h @ params["U"].T + params["b"]).split(3, 1)
    memory = c / (1 + torch.exp(-f)) + torch.sin(g) / (1 + torch.exp(-i))
    output = memory / (1 + memory.abs()) / (1 + torch.exp(-o - params["p"] * memory))
    found = cell.step(params, (h, c), x)
    assert torch.allclose(found[0], output) and torch.allclose(found[1], memory)
    size, peephole = (
        sum(rows * columns for rows, columns in some.shapes(sizes | {"H": 32}).values())
        for some in (cell, ours.load("lstm_peephole"))
    )
    assert size == pytest.approx(peephole, rel=0.02)


def test_an_engine_may_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    eager = ours.engines()[0]
    idle = replace(eager, name="idle", refuses=lambda cell, params, x: "it is Sunday")
    monkeypatch.setattr(ours, "engines", lambda: [eager, idle])
    for case in (TINY, replace(TINY, work="update")):
        able, reasons = ours.contenders(case, ours.field(case, CPU))
        assert [contender.name for contender in able] == [eager.name]
        assert reasons == {"idle": "it is Sunday"}


def test_every_engine_that_is_here_gives_the_same_states() -> None:
    field = ours.field(replace(TINY, cell=grid.LINEAR), CPU)
    eager, *others = [
        engine.sequence(field.stack.network.cell, field.stack.params, field.batch.x)
        for engine in ours.engines()
        if not ours.refusal(engine, field)
    ]
    assert eager.shape == (3, 7, 4, 5)
    assert others and all(torch.allclose(eager, z, rtol=1e-5, atol=1e-6) for z in others)


def test_absent_packages_are_skipped_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchrecurrent", None)
    result = kernels.race(replace(TINY, cell="lem"), BRIEF, CPU)
    assert "torchrecurrent" in result.skipped["torchrecurrent.LEM"]
    assert result.best and result.timing(floor.NAME) is None
    (target,) = (t for t in targets.listed([result], [], [], False) if "LEM" in t.what)
    assert target.measured is None, "there is nobody to be faster than"


def test_flashrnn_gets_trials_as_heads_and_computes_our_lstm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stand-in for FlashRNN with its published shapes; the kernel itself needs a GPU."""

    def flashrnn(
        Wx: Tensor, R: Tensor, b: Tensor, *, function: str, backend: str, dtype: str
    ) -> tuple[Tensor, None]:
        assert (function, backend, dtype) == ("lstm", "triton_fused", "bfloat16")
        h = c = Wx.new_zeros(Wx.shape[0], *b.shape[1:])  # (B, N, D)
        states = []
        for Wx_t in Wx.unbind(1):
            i, f, g, o = (Wx_t + torch.einsum("bnp,gndp->bgnd", h, R) + b).unbind(1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states, 1)[None], None  # (states, B, T, N, D)

    made_up = ModuleType("flashrnn.flashrnn")
    made_up.flashrnn = flashrnn
    monkeypatch.setattr(flash, "import_module", lambda name: made_up)
    field = ours.field(TINY, CPU)
    found = flash.one_pass(field.stack.params, field.batch.x)
    W, R, b = found.run()  # (S, G, H, I), (G, S, H, H), (G, S, H)
    dW, dU, db = ours.one_pass(ours.engines()[0], field).run()  # (S, 4H, I), (S, 4H, H), (S, 1, 4H)
    assert found.work == 3 * 7
    for theirs, own in (
        (W.reshape(dW.shape), dW / 3),  # ours adds the trials' means up
        (R.transpose(0, 1).reshape(dU.shape), dU / 3),
        (b.transpose(0, 1).reshape(db.shape), db / 3),
    ):
        assert torch.allclose(theirs.float(), own, rtol=0.1, atol=0.1 * float(own.abs().max()))


@pytest.mark.parametrize("name", [name for name in peers.PEERS if name != "lstm"])
def test_every_peer_can_be_raced(name: str) -> None:
    result = kernels.race(replace(TINY, cell=name), BRIEF, CPU)
    assert result.timings[0].contender == peers.PEERS[name][0].name, result.skipped
    assert result.best and not result.skipped.keys() - {"seqbench fused", "seqbench scan"}


def test_the_floor_counts_three_products_and_five_gates() -> None:
    case = Case("lstm", 64, 8, batch=32)
    assert floor.flops(case, 2) == 3 * 2 * 32 * (64 + 2) * 256  # floating point operations
    assert floor.gates(case) == 5 * 32 * 64
    result = kernels.race(TINY, BRIEF, CPU)
    least = result.timing(floor.NAME)
    assert least and result.best and least.ratio.median > result.best.ratio.median
