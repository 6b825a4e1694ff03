"""What is peculiar to each of the tasks on symbols and marked numbers."""

import re
from itertools import pairwise
from math import log

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.errors import InputError
from seqbench.task import Batch, Task

MANY = 8_000  # sequences of a Monte Carlo estimate


def stream(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def drawn(name: str, seed: int = 0, n: int = MANY, **knobs: object) -> tuple[Task, Batch]:
    task = registry.load_task(name, knobs)
    return task, task.sample(n, stream(seed))


def asked(batch: Batch) -> Tensor:
    """Of every answer, whether the metric counts it. (A, n)"""
    weights = batch.mask if batch.scored is None else batch.scored
    return torch.ones(batch.y.shape[:2]).bool() if weights is None else weights > 0


def best_blind(task: Task, train: Batch, test: Batch) -> float:
    """The score of the best predictor that knows the step, but not the input."""
    if task.metric == "error_rate":
        constants = torch.linspace(0, 1, 201)
        rates = [task.score(c.expand(train.y.shape), train).item() for c in constants]
        outputs = constants[rates.index(min(rates))].reshape(1, 1, 1)
    elif task.metric == "exact_match":
        answers, counts = train.y.unique(dim=1, return_counts=True)
        outputs = functional.one_hot(answers[:, [counts.argmax()]], task.outputs).float()
    else:
        answers = functional.one_hot(train.y, task.outputs) * asked(train)[..., None]
        outputs = answers.sum(1, keepdim=True).float()
    return task.score(outputs.expand(-1, len(test), -1), test).item()


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("multiplication", {}),
        ("multiplication@hs97", {}),
        ("multiplication@hs97", {"length": 20}),
        ("variable_copy", {"length": 5}),
        ("variable_copy", {"length": 5, "alphabet": 3, "memorize": 4}),
        ("random_permutation", {"length": 4, "symbols": 7}),
        ("random_permutation@martens11", {"length": 4, "symbols": 7}),
        ("noiseless_memorization", {"alphabet": 2, "memorize": 3}),
        ("two_sequence", {}),
        ("two_sequence@3b", {}),
        ("delayed_parity", {}),
        ("parity", {}),
        ("parity", {"length": 2}),
        ("embedded_reber", {}),
        ("embedded_reber", {"length": 8}),
        ("counting", {}),
        ("counting", {"kinds": 3, "most": 4}),
        ("dyck", {}),
        ("dyck", {"kinds": 5, "depth": 2, "length": 9}),
        ("dyck", {"kinds": 3, "depth": 6}),
    ),
)
def test_chance_is_what_the_best_blind_predictor_gets(name: str, knobs: dict[str, object]) -> None:
    task, train = drawn(name, 1, 3 * MANY, **knobs)
    _, test = drawn(name, 2, 3 * MANY, **knobs)
    assert best_blind(task, train, test) == pytest.approx(task.chance, rel=0.05)


# ------------------------------------------------------------------ multiplication


@pytest.mark.parametrize("variant", ("pascanu13", "hs97"))
def test_multiplication_multiplies_the_marked(variant: str) -> None:
    _, batch = drawn(f"multiplication@{variant}")
    value, mark = batch.x.unbind(-1)
    product = torch.where(mark == 1, value, 1.0).prod(0)
    torch.testing.assert_close(batch.y[0, :, 0], product)
    assert value.min() >= 0 and value.max() <= 1


def test_multiplication_pascanu13_moments_and_best_constant() -> None:
    """Variance 7/144; .2 is right for 76.6 %, .25 (the mean) for only 61 %."""
    task, batch = drawn("multiplication", n=40_000)
    y = batch.y[0, :, 0]
    assert y.var().item() == pytest.approx(7 / 144, rel=0.02)
    for constant, right in ((0.2, 0.766), (0.25, 0.61)):
        score = task.score(torch.full_like(batch.y, constant), batch).item()
        assert 1 - score == pytest.approx(right, abs=0.01)
    assert 1 - task.chance == pytest.approx(0.766, abs=1e-3)


def test_multiplication_hs97_makes_a_marked_first_step_neutral() -> None:
    """Away from those, .04 is right for 28 %; where one mark is lost, for 8 %."""
    _, batch = drawn("multiplication@hs97", n=40_000)
    value, mark = batch.x.unbind(-1)
    start = int((mark[:, 0] == -1).float().argmax())
    lost = (mark == 1).sum(0) == 1
    assert (mark[start] == -1).all() and (mark[-1] == -1).all() and (mark[:start] == 0).all()
    assert lost.float().mean().item() == pytest.approx(0.1 + 0.9 / 24, abs=0.01)
    assert (value[start, lost] == 1).all() and (value[start, ~lost] < 1).all()
    right = (batch.y[0, :, 0] - 0.04).abs() < 0.04
    assert right[~lost].float().mean().item() == pytest.approx(0.08 - 0.08 * log(0.08), abs=0.01)
    assert right[lost].float().mean().item() == pytest.approx(0.08, abs=0.012)


def test_multiplication_reaches_back_to_the_first_step() -> None:
    for name in ("multiplication", "multiplication@hs97"):
        task = registry.load_task(name)
        batches = [task.sample(200, stream(seed)) for seed in range(60)]
        first = min(int((batch.x[..., 1] != 0).any(1).float().argmax()) for batch in batches)
        assert len(batches[0].x) - 1 - first == task.lag


@pytest.mark.parametrize(("variant", "bound"), (("hs97", 0.04), ("pascanu13", 0.2)))
def test_multiplication_judges_by_its_own_bound(variant: str, bound: float) -> None:
    task = registry.load_task(f"multiplication@{variant}")
    batch = Batch(x=torch.zeros(1, 4, 2), y=torch.zeros(1, 4, 1))
    errors = torch.tensor([0.9 * bound, -0.9 * bound, 1.1 * bound, -1.1 * bound])
    assert task.score(errors[None, :, None], batch).item() == 0.5


# ------------------------------------------------------------------ copies


def test_variable_copy_layout() -> None:
    task, batch = drawn("variable_copy", length=7)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (28, MANY, 10) and (batch.x.sum(-1) == 1).all()
    assert ((tokens == 9).sum(0) == 1).all()
    go = (tokens == 9).int().argmax(0)
    delays = go - 10
    assert delays.unique().tolist() == list(range(1, 8)), "1 to T"
    assert delays.bincount(minlength=8)[1:].min() > 0.9 * MANY / 7, "all alike"
    for n in range(50):
        answer = batch.y[int(go[n]) + 1 : int(go[n]) + 11, n]
        assert torch.equal(answer, tokens[:10, n]), "the answer follows the go symbol"
    silent = tokens.masked_fill(torch.arange(28)[:, None] < 10, 0).masked_fill(tokens == 9, 0)
    assert (silent == 0).all()
    assert batch.scored is not None and torch.equal(batch.scored > 0, batch.y > 0)
    assert ((batch.y > 0).sum(0) == 10).all()
    assert int(delays.max()) + 11 == task.lag, "from a symbol to its answer"


def test_noiseless_memorization_layout() -> None:
    task, batch = drawn("noiseless_memorization", length=7, n=300)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (27, 300, 7) and (batch.x.sum(-1) == 1).all()
    assert tokens[:10].unique().tolist() == [1, 2, 3, 4, 5]
    assert (tokens[10:17] == 0).all() and (tokens[17] == 6).all() and (tokens[18:] == 0).all()
    assert (batch.y[:17] == 0).all()
    assert torch.equal(batch.y[17:], tokens[:10]), "answers begin at the go symbol"
    assert task.lag == 17 and batch.mask is None and batch.scored is None


def test_noiseless_memorization_forgives_nothing() -> None:
    task, batch = drawn("noiseless_memorization", n=10)
    right = task.encode(batch).float()
    for step in (0, 20, len(right) - 1):  # blanks count as well
        wrong = right.clone()
        wrong[step, :3] = wrong[step, :3].roll(1, -1)
        assert task.score(wrong, batch).item() == pytest.approx(0.7)
    assert task.chance == pytest.approx(5**-10)


# ------------------------------------------------------------------ random permutation


@pytest.mark.parametrize("variant", ("pascanu13", "martens11"))
def test_random_permutation(variant: str) -> None:
    task, batch = drawn(f"random_permutation@{variant}", length=20, n=4000)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (20, 4000, 100)
    assert tokens[0].unique().tolist() == [0, 1] and tokens[1:].unique().tolist() == [
        *range(2, 100)
    ]
    assert torch.equal(batch.y[:-1], tokens[1:]), "the next symbol"
    assert torch.equal(batch.y[-1], tokens[-1 - task.lag]), "the last answer is the first symbol"
    assert batch.scored is not None and (batch.scored[:-1] == 0).all()
    assert (batch.scored[-1] == 1).all()
    trained = batch.mask is None or (batch.mask[:-1] > 0).any()
    assert trained == (variant == "martens11"), "all answers, or the last only"


def test_random_permutation_loss_of_guessing() -> None:
    """ln 2 where the last answer alone is trained; else ln 98 of noise before it."""
    for variant, expected in (("pascanu13", log(2)), ("martens11", (19 * log(98) + log(2)) / 20)):
        task, batch = drawn(f"random_permutation@{variant}", length=20, n=50)
        outputs = torch.full((20, 50, 100), -100.0)
        outputs[:-1, :, 2:] = 0
        outputs[-1, :, :2] = 0
        assert task.loss(outputs, batch).item() == pytest.approx(expected, rel=1e-4)


# ------------------------------------------------------------------ two-sequence


@pytest.mark.parametrize("variant", ("3a", "3b"))
@pytest.mark.parametrize("telling", (1, 3))
def test_two_sequence(variant: str, telling: int) -> None:
    task, batch = drawn(f"two_sequence@{variant}", length=30, telling=telling)
    x, sign = batch.x[..., 0], 1.0 - 2 * batch.y[0]
    assert len(x) == 33 and batch.y.float().mean().item() == pytest.approx(0.5, abs=0.02)
    begin = (x != 0).float().argmax(0)
    assert begin.unique().tolist() == [0, 1, 2, 3], "T to T + T/10 steps, the silence before them"
    age = torch.arange(33)[:, None] - begin
    told, noise = x[(age >= 0) & (age < telling)], x[age >= telling]
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.var().item() == pytest.approx(0.2, rel=0.02)
    error = (x - sign)[(age >= 0) & (age < telling)]
    assert error.var().item() == pytest.approx(0.2 if variant == "3b" else 0, abs=0.01)
    assert told.abs().mean() > 0.9
    # the last telling number lies `lag` back in the longest sequences, and nothing after it tells
    longest = begin == 0
    assert (x[-1 - task.lag, longest].sign() == sign[longest]).float().mean() > 0.98
    assert ((x * sign)[-task.lag :, longest]).mean().abs() < 0.02


# ------------------------------------------------------------------ parity


def test_parity_turns_with_every_one() -> None:
    task, batch = drawn("parity", n=500)
    ones = batch.x[..., 0] > 0
    assert task.lag == len(ones) - 1 and batch.x.abs().eq(1).all()
    assert torch.equal(batch.y[0] == 1, ones[0])
    assert torch.equal(batch.y[1:] != batch.y[:-1], ones[1:])
    assert batch.mask is not None and not batch.mask[0].any() and batch.mask[1:].all()


def test_parity_needs_the_first_bit() -> None:
    _, batch = drawn("parity", n=2000)
    sign, rest = 1.0 - 2 * batch.y[1:], batch.x[1:, :, 0].cumprod(0)
    assert (rest * sign).mean(1).abs().max() < 0.1  # the parity of all others says nothing


# ------------------------------------------------------------------ delayed parity


@pytest.mark.parametrize(("delay", "bits"), ((5, 3), (1, 1), (2, 4)))
def test_delayed_parity(delay: int, bits: int) -> None:
    task, batch = drawn("delayed_parity", delay=delay, bits=bits, n=500)
    ones = batch.x[..., 0] > 0
    assert batch.x.abs().eq(1).all() and task.lag == delay + bits - 1
    assert batch.mask is not None and torch.equal(
        batch.mask.sum(1) > 0, torch.arange(50) >= task.lag
    )
    for t in range(task.lag, 50):
        window = ones[t - delay - bits + 1 : t - delay + 1]
        assert torch.equal(batch.y[t] == 1, window.sum(0) % 2 == 1)


def test_delayed_parity_needs_the_bit_that_lies_the_lag_back() -> None:
    task, batch = drawn("delayed_parity", n=500)
    sign = 1.0 - 2 * batch.y[task.lag :]
    u = batch.x[..., 0]
    short = torch.stack([u[k : k + len(sign)] for k in range(1, task.lag + 1)])
    for part in (*short, short[0] * short[1]):  # all bits but the oldest, and the rest's parity
        assert (part * sign).mean().abs() < 0.03


# ------------------------------------------------------------------ embedded Reber grammar

INNER = re.compile(r"B(TS*X(XT*V(PXT*V)*(PS|V)|S)|PT*V(PXT*V)*(PS|V))E")


def spoken(codes: Tensor, heard: Tensor) -> str:
    return "".join("BTPSXVE"[code] for code in codes[heard].tolist())


@pytest.mark.parametrize("length", (8, 20, 45))
def test_embedded_reber_strings(length: int) -> None:
    task, batch = drawn("embedded_reber", length=length, n=600)
    heard = batch.x.sum(-1) > 0
    assert batch.mask is not None and torch.equal(batch.mask > 0, heard)
    assert batch.scored is not None and (batch.scored.sum(0) == 1).all()
    assert (heard[1:] | ~heard[:-1]).all(), "silence comes first, and only there"
    lengths = set()
    for n in range(600):
        said = spoken(batch.x[:, n].argmax(-1), heard[:, n])
        following = spoken(batch.y[:, n], heard[:, n])
        assert said[1:] == following[:-1], "the next symbol"
        string = said + following[-1]
        assert string[0] == "B" and string[1] == string[-2] in "TP" and string[-1] == "E"
        assert INNER.fullmatch(string[2:-2]), string
        step = int(batch.scored[:, n].argmax())
        assert batch.y[step, n] == "BTPSXVE".index(string[1])
        lengths.add(len(string))
    assert min(lengths) == 9 and max(lengths) <= length + 1
    if length == 20:
        assert max(lengths) == 21 and task.lag == 17, "from the second symbol to the step before"


def test_embedded_reber_edges_are_fair() -> None:
    """The two shortest strings, BTXSE and BPVVE inside, come each with probability 1/8."""
    _, batch = drawn("embedded_reber", length=60)
    shortest = (batch.x.sum((0, -1)) == 8).float().mean().item()
    assert shortest == pytest.approx(1 / 4, abs=0.015)
    _, batch = drawn("embedded_reber", length=20, n=4000)
    _, free = drawn("embedded_reber", length=60, n=4000)
    assert (free.x.sum((0, -1)) > 20).float().mean().item() == pytest.approx(0.02, abs=0.01)


# ------------------------------------------------------------------ counting


@pytest.mark.parametrize("kinds", (2, 3))
def test_counting_strings(kinds: int) -> None:
    _, batch = drawn("counting", kinds=kinds, most=6, n=600)
    assert batch.mask is not None and batch.scored is not None
    counts = []
    for n in range(600):
        heard = batch.mask[:, n] > 0
        assert torch.equal(batch.x[:, n].sum(-1) > 0, heard)
        said = "".join("Sabc"[k] for k in batch.x[heard, n].argmax(-1))
        following = "".join("Tabc"[k] for k in batch.y[heard, n])
        count = said.count("a")
        assert said == "S" + "".join(letter * count for letter in "abc"[:kinds])
        assert following == said[1:] + "T"
        scored = "".join("Tabc"[k] for k in batch.y[batch.scored[:, n] > 0, n])
        assert scored == following[count + 1 :], "what follows the first b and all after it"
        counts.append(count)
    assert set(counts) == set(range(1, 7))
    letters = batch.x.argmax(-1) * (batch.mask > 0)
    first_b = (letters == 2).int().argmax(0)
    assert (first_b == 7).all(), "no step betrays the count"


@pytest.mark.parametrize("kinds", (2, 3))
def test_counting_reaches_back_to_the_first_a(kinds: int) -> None:
    task, batch = drawn("counting", kinds=kinds, most=6, n=100)
    letters = batch.x.argmax(-1) * batch.x.sum(-1).long()
    longest = int((letters == 1).sum(0).argmax())
    first_a = int((letters[:, longest] == 1).int().argmax())
    last_b = int((letters[:, longest] == 2).nonzero().max())
    assert last_b - first_a == task.lag, "at the last b it has to be known how many a there were"


def test_counting_wants_the_whole_string() -> None:
    task, batch = drawn("counting", n=10)
    right = task.encode(batch).float()
    assert batch.scored is not None
    never = right.clone()
    never[..., 0] = -1  # never says that it ends
    assert task.score(never, batch).item() == 0
    before = torch.where(batch.scored[..., None] > 0, right, -right)
    assert task.score(before, batch).item() == 1, "what the count does not decide is not scored"


# ------------------------------------------------------------------ Dyck


@pytest.mark.parametrize(("kinds", "depth"), ((2, 3), (4, 2)))
def test_dyck_answers_the_top_of_the_stack(kinds: int, depth: int) -> None:
    task, batch = drawn("dyck", kinds=kinds, depth=depth, n=300)
    assert batch.scored is not None and batch.mask is None
    deepest = 0
    for n in range(300):
        stack: list[int] = []
        for t, token in enumerate(batch.x[:, n].argmax(-1).tolist()):
            if token < kinds:
                stack.append(token)
            else:
                assert stack.pop() == token - kinds, "brackets match"
            assert batch.y[t, n] == (stack[-1] + 1 if stack else 0)
            assert batch.scored[t, n] == (token >= kinds)
            deepest = max(deepest, len(stack))
    assert deepest == depth and task.outputs == kinds + 1


def test_dyck_reaches_back_to_the_first_bracket() -> None:
    for length in (9, 10):
        task, batch = drawn("dyck", length=length)
        closing = batch.x[..., 2:].sum(-1) > 0
        height = (1 - 2 * closing.long()).cumsum(0)
        last = task.lag  # steps after step 0
        whole = (height[: last + 1] >= 1).all(0) & (height[last] == 1) & closing[last]
        assert whole.any() and (batch.y[last, whole] == batch.x[0, whole].argmax(-1) + 1).all()


def test_dyck_coins_are_fair() -> None:
    _, batch = drawn("dyck", length=40, kinds=3, depth=5)
    opens = batch.x[..., :3].sum(-1) > 0
    height = (2 * opens.long() - 1).cumsum(0)
    for now, following in pairwise(range(40)):
        free = (height[now] > 0) & (height[now] < 5)
        assert opens[following][free].float().mean().item() == pytest.approx(0.5, abs=0.04)
    kinds = batch.x[..., :3].sum((0, 1))
    assert (kinds / kinds.sum()).tolist() == pytest.approx([1 / 3] * 3, abs=0.01)


# ------------------------------------------------------------------ bad knobs


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("multiplication", {"length": 9}),
        ("multiplication@hs97", {"length": 19}),
        ("variable_copy", {"length": 0}),
        ("random_permutation", {"length": 1}),
        ("random_permutation", {"symbols": 2}),
        ("noiseless_memorization", {"memorize": 0}),
        ("two_sequence", {"length": 3, "telling": 3}),
        ("delayed_parity", {"length": 7}),
        ("delayed_parity", {"delay": 0}),
        ("embedded_reber", {"length": 7}),
        ("counting", {"most": 1}),
        ("dyck", {"kinds": 1}),
        ("dyck", {"depth": 1}),
        ("dyck", {"length": 2}),
    ),
)
def test_bad_knobs_are_refused_in_one_sentence(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r": .*\. Allowed.*: .*\. [A-Z].*\.$"):
        registry.load_task(name, knobs)
