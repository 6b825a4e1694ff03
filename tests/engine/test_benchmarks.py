"""The benchmark times the same work on both sides, fairly, and says what it could not do."""

import json
import platform
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
import torch
from engine.tape import Tape
from torch import nn

from seqbench import matrix
from seqbench.benchmarks import (
    first_update,
    flash,
    floor,
    grid,
    kernels,
    measure,
    memory,
    ours,
    peers,
    pipeline,
    session,
    table,
    targets,
    where,
)
from seqbench.benchmarks.grid import Case, Effort
from seqbench.benchmarks.kernels import Growth, Result
from seqbench.benchmarks.measure import Contender, Spread, Timing
from seqbench.engine.loop import update
from seqbench.engine.machine import graphs
from seqbench.engine.optimizers import optimizer

CPU = torch.device("cpu")
BRIEF = Effort(seconds=0.0, rounds=2, quick=True)
EAGER = ours.engines()[0]
TINY = Case("lstm", 5, 3, steps=7, batch=4)


def timing(name: str, us: float, ratio: float = 1.0) -> Timing:
    return Timing(name, 1, Spread(us, us, us), Spread(ratio, ratio, ratio))


def test_quartiles() -> None:
    assert measure.spread([3, 1, 2, 5, 4]) == Spread(3, 2, 4)
    assert measure.spread([7]) == Spread(7, 7, 7)


def test_contenders_alternate_and_the_order_turns_round(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    racers = [Contender(name, lambda name=name: ran.append(name), 1) for name in "abc"]
    monkeypatch.setattr(measure, "SHORTEST", 0.0)
    monkeypatch.setattr(measure, "ceil", lambda runs: 1)
    measure.race(racers, 0, 2, CPU)
    assert "".join(ran) == "aabbcc" + "cba" + "abc"  # twice each to be warm, then two rounds


def test_a_ratio_is_taken_round_by_round() -> None:
    slow, fast = [10.0, 100.0, 30.0], [1.0, 10.0, 3.0]  # a machine that was busy in one round
    found = measure.summary("fast", fast, slow)
    assert found.ratio == Spread(10, 10, 10)
    assert found.microseconds.median == 3


def test_work_is_what_is_divided_by(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"one": 0.004, "two": 0.008, "slow": 0.016}
    racers = [Contender(name, lambda name=name: name, 1 + (name == "two")) for name in taken]
    monkeypatch.setattr(measure, "seconds_of", lambda run, repeats, device: taken[run()])
    (one, two, slow), _ = measure.race(racers, 0, 5, CPU)
    assert (one.rounds, one.microseconds.median) == (5, 4000)
    assert (two.ratio.median, slow.ratio.median) == (1, 0.25)


def test_waiting_does_not_count_on_a_processor_but_work_does() -> None:
    assert measure.seconds_of(lambda: time.sleep(0.05), 1, CPU) < 0.02
    x = torch.randn(300, 300)
    few, many = (
        min(measure.seconds_of(lambda: x @ x, n, CPU) * n for _ in range(5)) for n in (10, 40)
    )
    assert many / few == pytest.approx(4, rel=0.5)


def test_who_cannot_run_is_named_with_the_reason() -> None:
    def broken() -> None:
        raise RuntimeError("no such kernel\nand much more")

    timings, reasons = measure.race([Contender("x", broken, 1)], 0, 1, CPU)
    assert (timings, reasons) == ([], {"x": "RuntimeError: no such kernel"})


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

    def flashrnn(Wx, R, b, *, function, backend, dtype):  # type: ignore[no-untyped-def]
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
    made_up.flashrnn = flashrnn  # type: ignore[attr-defined]
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


def test_a_doubling_is_of_the_whole_run() -> None:
    cases = [replace(TINY, trials=n) for n in (1, 4)]
    times = [timing("1", 100.0), timing("4", 50.0, 2.0)]  # per trial: half, so the whole is twice
    assert kernels.doubling("trials", cases, times) == pytest.approx(2**0.5)


def test_targets_are_met_or_not_or_not_measured() -> None:
    timings = [timing("torch.nn.LSTM", 60.0), timing("seqbench eager", 20.0, 3.0)]
    result = Result(Case("lstm", 32, 8), timings, {})
    least = [timing(floor.NAME, 8.0, 7.5), timing("seqbench fused", 20.0, 3.0)]
    near = Result(Case("lstm", 64, 8), least, {})
    grown = Growth("trials", "seqbench eager", [TINY], [], 2.5)
    found = {t.what: t for t in targets.listed([result, near], [grown], [], False)}
    over = found["lstm H=64, pass: time over the arithmetic floor"]
    assert over.measured == 2.5 and over.verdict == "not met"
    assert found["lstm H=32, pass: speed over torch.nn.LSTM"].verdict == "met"
    assert found["lstm H=64, pass: speed over torch.nn.LSTM"].verdict == targets.NOT_HERE
    assert found["trials x2: time of seqbench eager"].verdict == "not met"
    on_gpu = {t.what: t for t in targets.listed([result], [], [], True)}
    assert on_gpu["lstm H=32, pass: speed over torch.nn.LSTM"].verdict == "not met"  # 50


def test_the_grid_covers_what_it_promises() -> None:
    full = [*grid.races(grid.FULL), *sum(grid.growths(False).values(), [])]
    assert {case.hidden for case in full} >= {16, 32, 64, 128, 256}
    assert {case.trials for case in full} >= {1, 256}
    assert {case.steps for case in full} >= {32, 1024}
    assert all(case.cell in peers.PEERS for case in grid.races(grid.FULL))
    assert set(grid.races(grid.QUICK)) != set(grid.races(grid.FULL))
    on_gpu = [*grid.races(replace(grid.FULL, on_gpu=True))]
    assert all(case.trials >= 100 for case in on_gpu if case.hidden <= 64)


def test_a_stack_s_memory_is_at_least_its_states() -> None:
    (row, *_) = memory.measured(CPU, True)
    states = 16 * 100 * 32 * 32 * 4  # trials, steps, batch, units, bytes
    assert 5 * states < row["bytes"] < 50 * states, row


def test_the_stopwatch_sees_a_command_not_its_parent() -> None:
    home = pipeline.HOME
    greedy = pipeline.timed(home, ["-c", "import time; x = b'x' * 200_000_000; time.sleep(0.2)"])
    small = pipeline.timed(home, ["-c", "pass"])
    assert float(small["peak"]) < 60e6 < 200e6 < float(greedy["peak"])
    assert float(greedy["seconds"]) > 0.2
    failed = pipeline.spend("x", home, "-c", "raise SystemExit('no such thing')")
    assert failed == pipeline.Skipped("x", "exit code 1: no such thing")


def test_a_job_ends_at_its_first_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = Path("workflow/config/smoke.yaml").resolve()
    monkeypatch.chdir(tmp_path)
    first_update.main(matrix, "adding", "rnn")
    assert not list(tmp_path.rglob("*.parquet")), "the job went on to its end"


def test_matrices_are_cut_to_size(tmp_path: Path) -> None:
    (tmp_path / "workflow").mkdir()
    (tmp_path / "workflow" / "config").symlink_to(pipeline.HOME / "workflow" / "config")
    for size in (100, 10_000):
        found = matrix.read(pipeline.reduced(tmp_path, size))
        assert len(found.jobs()) == pytest.approx(size, abs=30)
    found = matrix.read(pipeline.many_trials(tmp_path, 5000))
    trials = sum(found.trials(task) for task, _ in found.jobs())
    assert trials == pytest.approx(5000, rel=0.2)


def test_everything_is_written_and_says_no_machine_s_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grid, "QUICK", BRIEF)
    monkeypatch.setattr(grid, "races", lambda effort: [TINY, replace(TINY, work="update")])
    sizes = [replace(TINY, trials=n) for n in (1, 2)]
    monkeypatch.setattr(grid, "growths", lambda quick: {"trials": sizes})
    monkeypatch.setattr(memory, "measured", lambda device, quick: [])
    gone = [pipeline.Skipped("everything", "for this test")]
    monkeypatch.setattr(pipeline, "measured", lambda quick: gone)
    path = session.run(quick=True, out=tmp_path / "x.json", wish="cpu")
    text = path.read_text()
    found = json.loads(text)
    assert found["quick"] and found["versions"]["torch"] == torch.__version__
    assert found["machine"]["threads"] == 1 and found["commit"] and found["date"]
    passed, updated = found["races"]
    assert passed["case"] == {
        "cell": "lstm", "hidden": 5, "trials": 3, "work": "pass", "steps": 7, "batch": 4
    }  # fmt: skip
    assert passed["timings"][0]["contender"] == "torch.nn.LSTM"
    assert passed["timings"][0]["ratio"]["median"] == 1
    assert updated["timings"][-1]["contender"].startswith("seqbench")
    assert all(row["verdict"] for row in found["targets"])
    assert str(Path.home()) not in text and str(pipeline.HOME) not in text
    assert len(platform.node()) < 4 or platform.node() not in text
    said = capsys.readouterr().out
    assert "torch.nn.LSTM" in said and "NVIDIA" not in said and "target" in said


def test_a_file_is_named_after_what_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session.devices, "machine", lambda: "Intel(R) Xeon(R) Processor, AVX2")
    assert session.file_name(CPU) == "intel-xeon-processor-avx2"


def test_outside_a_checkout_the_commit_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where.registry, "HOME", tmp_path / "seqbench")
    assert where.commit() == "not a checkout"


def test_tables_hold_a_line_for_everyone() -> None:
    timings = [timing("torch.nn.LSTM", 60.0), timing("seqbench eager", 20.0, 3.0)]
    torch_, eager, flash = list(table.race(Result(TINY, timings, {"FlashRNN": "no GPU"})))[-3:]
    assert "torch.nn.LSTM" in torch_ and "60.0" in torch_ and "1.00" in torch_
    assert "seqbench eager" in eager and "20.0" in eager and "3.00" in eager
    assert "skipped: no GPU" in flash
