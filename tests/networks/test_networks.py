"""What stands around a cell gives what the textbook says, and leaves the cell as it is."""

from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.engine.fused import sequence as fused
from seqbench.engine.fused.build import missing
from seqbench.errors import InputError
from seqbench.front import Embedding, Glance
from seqbench.networks.bidirectional import Bidirectional
from seqbench.networks.encoder_decoder import EncoderDecoder
from seqbench.networks.layers import Layers
from seqbench.networks.network import Network, build
from seqbench.networks.padded import Padded
from seqbench.task import Batch, Task
from seqbench.tasks.adding import Adding
from tests.helpers.sequences import Run, far, results, unrolled
from tests.helpers.toys import SYMBOLS, Caption, First, Text
from tests.helpers.training import few

CELLS = registry.names("cells")
KINDS = ("rnn", "jordan", "clockwork", "scrn", "lstm", "lstm_1997", "gru", "t_gru", "lem", "s4d")
ALONE = {"jordan"}  # its loop leaves the one output layer


def load(name: str) -> Cell:
    return registry.load_cell(name, {})


def weights_of(cell: Cell, wide: int, units: int = 8, trials: int = 2) -> Tensors:
    stream, sizes = torch.Generator().manual_seed(0), {"I": wide, "H": units, "O": 2}
    born = [cell.initialize(sizes, stream) for _ in range(trials)]
    assert {k: tuple(v.shape) for k, v in born[0].items()} == cell.shapes(sizes)
    return {k: torch.stack([w[k] for w in born]) for k in born[0]}


def copied(into: nn.LSTM, params: Tensors, suffix: str, name: str) -> None:
    """Our weights of one trial into torch's module."""
    with torch.no_grad():
        getattr(into, f"weight_ih_{name}").copy_(params[f"W{suffix}"][0])
        getattr(into, f"weight_hh_{name}").copy_(params[f"U{suffix}"][0])
        getattr(into, f"bias_ih_{name}").copy_(params[f"b{suffix}"][0, 0])
        getattr(into, f"bias_hh_{name}").zero_()


def test_layers_are_those_of_torch() -> None:
    deep = Layers(cell=load("lstm"), layers=3)
    params, x = weights_of(deep, 4), torch.randn(2, 7, 5, 4)
    theirs = nn.LSTM(4, 8, num_layers=3)
    for layer in range(3):
        copied(theirs, params, f".{layer + 1}", f"l{layer}")
    assert far(unrolled(deep, params, x)[0][0], theirs(x[0])[0]) < 1e-6


def test_two_directions_are_those_of_torch() -> None:
    params, x = weights_of(Bidirectional(cell=load("lstm")), 8), torch.randn(2, 7, 5, 4)
    theirs = nn.LSTM(4, 4, bidirectional=True)
    copied(theirs, params, ".forward", "l0")
    copied(theirs, params, ".backward", "l0_reverse")
    network = Network(cell=Bidirectional(cell=load("lstm")), bidirectional=True)
    h = unrolled(network, params, torch.cat([x, x.flip(1)], -1))[0]
    assert far(network.features(h, None)[0], theirs(x[0])[0]) < 1e-6


def test_held_states_are_those_of_packed_sequences() -> None:
    held, lengths = Padded(cell=load("lstm")), [7, 3, 5, 1, 6]
    params, x = weights_of(held, 5), torch.randn(2, 7, 5, 4)
    valid = torch.arange(7)[:, None] < torch.tensor(lengths)
    theirs = nn.LSTM(4, 8)
    copied(theirs, params, "", "l0")
    packed = pack_padded_sequence(x[0], torch.tensor(lengths), enforce_sorted=False)
    out, (h, _) = theirs(packed)
    whole = torch.cat([x, valid.float()[None, ..., None].expand(2, -1, -1, -1)], -1)
    states = unrolled(held, params, whole)[0][0]
    assert far(states[-1], h[0]) < 1e-6
    assert far(states * valid[..., None], pad_packed_sequence(out)[0]) < 1e-6


def test_an_encoder_hands_its_state_to_a_decoder() -> None:
    cell = load("gru")
    coder = EncoderDecoder(cell=cell)
    params, x = weights_of(coder, 4), torch.randn(2, 6, 5, 3)
    decodes = (torch.arange(6) >= 4).float()[None, :, None, None].expand(2, -1, 5, -1)
    made = unrolled(coder, params, torch.cat([x, decodes], -1))[0]
    state = cell.start(x[:, 0], params)
    for t in range(6):
        state = cell.step(coder.own(params, "encoder" if t < 4 else "decoder"), state, x[:, t])
    assert torch.equal(made[:, -1], state[0])


@dataclass(frozen=True, kw_only=True)
class Exponential(Cell):
    """h_t = exp(W x_t)"""

    family: ClassVar[Family] = "simple"

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        return ((x @ params["W"].mT).exp(),)


@pytest.mark.parametrize("run", [unrolled, fused.sequence])
def test_who_does_not_step_cannot_overflow(run: Run) -> None:
    """With the encoder's weights, what the decoder is given would be infinite."""
    coder, decodes = EncoderDecoder(cell=Exponential()), torch.zeros(2, 6, 4, 1)
    decodes[:, 4:] = 1
    params = weights_of(coder, 2) | {"W.encoder": torch.full((2, 8, 1), 200.0)}
    found = results(run, coder, params, torch.cat([decodes, decodes], -1))
    assert found["W.decoder"].all() and all(part.isfinite().all() for part in found.values())


@pytest.mark.parametrize("lengths", [(5,), (3, 5), (5, 3, 4)])
def test_a_shorter_answer_is_one_beside_nobody(lengths: tuple[int, ...]) -> None:
    """The decoder's weights never meet what the encoder reads, where they would be infinite."""
    inside = EncoderDecoder(cell=Exponential())
    network = Network(cell=Padded(cell=inside, decodes=True), reads=2, padded=True)
    weights = weights_of(network.cell, 4, units=3, trials=1)
    weights["W.decoder"][..., 0] = 200.0

    def slopes(some: tuple[int, ...], steps: int) -> Tensors:
        x = torch.zeros(1, steps, len(some), 2)
        x[:, :2, :, 0] = 1
        x[:, 2:, :, 1] = torch.arange(steps)[2:, None] / 5
        valid = (torch.arange(steps)[:, None] < torch.tensor(some)).float()[None]
        leaves = {name: weight.clone().requires_grad_() for name, weight in weights.items()}
        h = unrolled(network.cell, leaves, network.inputs(leaves, Batch(x, x, valid=valid)))[0]
        loss = (h[0] * valid[0, ..., None]).square().sum()
        grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        return {k: g for k, g in zip(leaves, grads, strict=True) if g is not None}

    together, alone = slopes(lengths, 6), [slopes((length,), length) for length in lengths]
    for name, slope in together.items():
        assert far(slope, sum(one[name] for one in alone)) < 1e-4 * float(slope.abs().max())
        assert slope.isfinite().all() and slope.any()


@pytest.mark.skipif(missing(), reason="needs a C compiler")
@pytest.mark.parametrize("name", KINDS)
def test_kinds_of_cells_may_be_held_and_coded_and_layered_by_kernels(name: str) -> None:
    inside = load(name) if name in ALONE else Layers(cell=load(name), layers=2)
    network = Padded(cell=EncoderDecoder(cell=inside))
    decodes = (torch.arange(8) >= 5).float()[:, None, None].expand(2, -1, 4, -1)
    valid = (torch.rand(2, 8, 4, 1) < 0.7).float()
    x = torch.cat([torch.randn(2, 8, 4, 3), decodes, valid], -1)
    params = weights_of(network, 5)
    assert fused.supports(network, params, x) is None
    own = results(fused.sequence, network, params, x)
    loop = results(unrolled, network, params, x)
    exact = results(unrolled, network, {k: v.double() for k, v in params.items()}, x.double())
    assert own.keys() == loop.keys()
    for key, value in own.items():
        assert far(value, loop[key]) < 1e-5 or far(value, exact[key]) < 3 * far(
            loop[key], exact[key]
        )


@pytest.mark.parametrize("name", CELLS)
def test_padding_changes_no_bit(name: str) -> None:
    held = Padded(cell=load(name))
    x, params = torch.randn(2, 6, 4, 3), weights_of(held, 4)
    real = functional.pad(x, (0, 1), value=1.0)
    for before, behind in ((0, 5), (3, 0), (2, 2)):
        far_off = functional.pad(x, (0, 1, 0, 0, before, behind), value=7.0)
        far_off[..., -1] = functional.pad(torch.ones(2, 6, 4), (0, 0, before, behind))
        states, more = unrolled(held, params, real), unrolled(held, params, far_off)
        for part, padded in zip(states, more, strict=True):
            assert torch.equal(part[:, -1], padded[:, -1])
        assert torch.equal(states[0], more[0][:, before : before + 6])


def test_remedies_at_birth_meet_each_cell_alone() -> None:
    deep, seen = Network(cell=EncoderDecoder(cell=Layers(cell=load("lstm"), layers=2))), []

    def change(cell: Cell, weights: Tensors, place: object) -> Tensors:
        seen.append((type(cell).__name__, place, sorted(weights)))
        return weights | {"U": weights["U"] + len(seen)}

    born = deep.initialize({"I": 4, "H": 8, "O": 2}, torch.Generator().manual_seed(0))
    new = deep.map_cells(born, change)
    places = ["/encoder/1", "/encoder/2", "/decoder/1", "/decoder/2"]
    assert seen == [("Lstm", place, ["U", "W", "W_out", "b", "b_out"]) for place in places]
    for n, place in enumerate(("1.encoder", "2.encoder", "1.decoder", "2.decoder")):
        assert torch.equal(new[f"U.{place}"], born[f"U.{place}"] + (n + 1))
        assert torch.equal(new[f"W.{place}"], born[f"W.{place}"])


def test_dropout_drops_its_share_between_layers_and_before_the_readout() -> None:
    task, training = Adding(length=6), few(layers=2, dropout=0.25)
    network = build(load("lstm"), task, training)
    params = weights_of(network, network.columns(2, 8))
    batch = task.sample(500, torch.Generator().manual_seed(0)).map(lambda z: z.expand(2, *z.shape))

    def draw(*shape: int) -> Tensor:
        return torch.rand(2, *shape)

    factors = network.inputs(params, batch, draw)[..., 2:]
    assert factors.shape[-1] == 8 and set((0.75 * factors).unique().tolist()) == {0.0, 1.0}
    assert abs(float((factors == 0).float().mean()) - 0.25) < 0.01
    assert (network.inputs(params, batch, None)[..., 2:] == 1).all()
    h = torch.ones(2, 1, 500, 8)
    assert abs(float((network.features(h, None, draw) == 0).float().mean()) - 0.25) < 0.02
    assert torch.equal(network.features(h, None), h)


def test_an_embedding_is_torchs_trial_by_trial() -> None:
    front, rows = Embedding(symbols=7, size=3), torch.randint(7, (2, 5, 4, 1)).float()
    E = torch.randn(2, 7, 3)
    for trial in range(2):
        theirs = functional.embedding(rows[trial, ..., 0].long(), E[trial])
        assert torch.equal(front({"front.E": E}, rows)[trial], theirs)
        assert torch.equal(front({"front.E": E[trial]}, rows[trial]), theirs)


def test_a_glance_is_torchs_convolution_trial_by_trial() -> None:
    front, stream = Glance(side=7, colors=3, symbols=2, size=5, filters=4), torch.Generator()
    born = [front.initialize(stream) for _ in range(2)]
    params = {k: torch.stack([b[k] for b in born]) + 0.1 for k in born[0]}
    x = torch.rand(2, 4, 6, front.pixels + 2)
    for trial in range(2):
        own = {k: v[trial] for k, v in params.items()}
        seen = x[trial, 0, :, : front.pixels].unflatten(-1, (3, 7, 7))
        for n, channels in (("1", 3), ("2", 4)):
            K = own[f"front.K{n}"].unflatten(-1, (channels, 3, 3))
            k = own[f"front.k{n}"][0]
            seen = functional.conv2d(seen, K, k, stride=2, padding=1).relu()
        seen = (seen.flatten(1) @ own["front.L"].mT + own["front.l"]).relu()
        made = front(params, x)[trial]
        assert far(made[0, :, :5], seen) < 1e-5
        assert not made[1:, :, :5].any() and torch.equal(made[..., 5:], x[trial, ..., -2:])


def test_nothing_around_a_cell_is_the_cell_itself() -> None:
    lstm, task = load("lstm"), Adding()
    network = build(lstm, task, few())
    assert network == Network(cell=lstm) and network.alone
    params, x = weights_of(lstm, 2), torch.randn(2, 7, 5, 2)
    assert network.params() == lstm.params()
    for name, value in weights_of(network, network.columns(2, 8)).items():
        assert torch.equal(value, params[name])
    assert network.inputs(params, Batch(x, x)) is x and network.features(x, None) is x
    for own, other in zip(unrolled(network, params, x), unrolled(lstm, params, x), strict=True):
        assert torch.equal(own, other)


@pytest.mark.parametrize(
    ("task", "wishes"), [(Adding(), {"layers": 2}), (Adding(), {"dropout": 0.1}), (First(), {})]
)
def test_a_cell_with_something_around_it_is_not_alone(
    task: Task, wishes: dict[str, object]
) -> None:
    network = build(load("lru"), task, few(**wishes))
    assert not network.alone and not network.linear
    assert build(load("lru"), Adding(), few()).linear


@pytest.mark.parametrize(
    ("cell", "task", "wishes", "words"),
    [
        ("jordan", Adding(), {"layers": 2}, "one output layer"),
        ("lstm", Text(), {"bidirectional": True}, "seen the answer"),
        ("lstm", First(), {"bidirectional": True, "hidden": 7}, "even"),
    ],
)
def test_what_cannot_be_is_refused(
    cell: str, task: Task, wishes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        build(load(cell), task, few(**wishes))


def test_parameters_count_everything() -> None:
    network = build(load("rnn"), Caption(), few())
    shapes = network.shapes({"I": network.columns(Caption.inputs, 8), "H": 8, "O": SYMBOLS})
    own = {name for name in shapes if not name.startswith("front.")}
    assert own == {f"{k}.{n}" for k in "WUb" for n in ("encoder", "decoder")} | {"W_out", "b_out"}
    assert set(network.params()) == set(shapes) - {"W_out", "b_out"}
