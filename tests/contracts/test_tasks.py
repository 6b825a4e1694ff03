"""What every task promises, and what is peculiar to each variant of the synthetic ones."""

from math import log, prod

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.errors import InputError, MissingData
from seqbench.task import Batch, Splits, Task, surprise

MANY = 8_000  # sequences of a Monte Carlo estimate
FOUND = registry.names("tasks")
VARIANTS = [f"adding@{variant}" for variant in ("arjovsky16", "hs97", "pascanu13", "bai18")] + [
    "copy@lezcano19",
    "temporal_order@hs97",
    "multiplication@hs97",
    "random_permutation@martens11",
    "two_sequence@3b",
]
ALL = [*FOUND, *VARIANTS]
RECORDED = [name for name in FOUND if registry.describe("tasks", name).facts.get("needs")]
INSTALLED = {"digits", "digits_image", "digits_spelled", "python_topics", "sunspots"}
UNREACHABLE = {"multi30k_de_en": "its references have words outside of the vocabulary"}
FETCHED = sorted({*RECORDED} - INSTALLED)  # chance may be a published baseline that sees the input


def stream(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def recorded(task: Task) -> Splits | None:
    """All of a recorded task; the test is skipped where the data are not at hand."""
    try:
        return task.splits()
    except MissingData as absent:
        pytest.skip(str(absent))


def some(task: Task, batch: Batch, most: int = 400) -> Batch:
    """A piece of it that is quickly looked at: sequences, or of a text its first steps."""
    if task.carries:
        return batch.map(lambda part: part[:most])
    return batch.pick(slice(0, most))


def train_and_test(task: Task) -> tuple[Batch, Batch]:
    if splits := recorded(task):
        return splits.train, splits.test
    return task.sample(MANY, stream(1)), task.sample(MANY, stream(2))


def weights(batch: Batch) -> Tensor:
    """Of every answer in the metric."""
    if batch.scored is not None:
        return batch.scored
    return torch.ones(batch.y.shape[:2]) if batch.mask is None else batch.mask


def blind(task: Task, train: Batch) -> Tensor:
    """The best outputs, by the metric, of a predictor that never sees the input. (A, 1, O)

    It knows which step is asked where answers are drawn afresh; of recorded answers there are too
    few to learn one guess for every step.
    """
    if task.metric == "exact_match":
        answers, counts = train.y.unique(dim=1, return_counts=True)
        return functional.one_hot(answers[:, counts.argmax()], task.outputs).float()[:, None]
    asked = (weights(train) > 0).float()
    if task.splits():
        asked = asked.reshape(1, -1)
    y = train.y.reshape(*asked.shape, *train.y.shape[2:])
    match task.metric:
        case "mse" | "memory_capacity":
            best = (y * asked[..., None]).sum(1) / asked.sum(1).clamp(min=1)[:, None]
        case "accuracy" | "bits_per_character":
            hits = functional.one_hot(y, task.outputs) * asked[..., None]
            best = (hits.sum(1) + 1.0).log()
        case "error_rate":
            tried = torch.linspace(y.min().item(), y.max().item(), 200)
            errors = [task.score(t.expand_as(train.y), train).item() for t in tried]
            best = tried[min(range(200), key=errors.__getitem__)].reshape(1, 1)
        case _:
            pytest.fail(f"Say in blind() what the best blind predictor for {task.metric!r} is.")
    return best[:, None].expand(len(train.y), 1, -1)


def said(task: Task, outputs: Tensor, batch: Batch) -> float:
    return task.score(outputs.expand(-1, len(batch), -1), batch).item()


# ------------------------------------------------------------------ every task


@pytest.mark.parametrize("name", FOUND)
def test_docstring_is_a_card(name: str) -> None:
    card = registry.describe("tasks", name)
    assert card.title and card.sources
    assert any(line.startswith("Not ") for line in card.doc.splitlines())
    assert "step  " in card.doc, "the docstring draws the sequence in columns that begin with step"


@pytest.mark.parametrize("name", ALL)
def test_shapes(name: str) -> None:
    task = registry.load_task(name)
    for whole in recorded(task) or (task.sample(3, stream(0)),):
        batch = some(task, whole)
        T, n, inputs = batch.x.shape
        answers = 1 if task.asked == "last" else T
        assert inputs == task.inputs and batch.x.dtype == torch.float32
        assert batch.y.shape[:2] == (answers, n)
        if batch.y.dtype == torch.int64:
            assert batch.y.min() >= 0 and batch.y.max() < task.outputs
        else:
            assert batch.y.shape[2:] == (task.outputs,) and batch.y.dtype == torch.float32
        for part in (batch.mask, batch.scored):
            assert part is None or part.shape == (answers, n)
        assert (batch.valid is not None) == task.variable
        assert batch.valid is None or batch.valid.shape == (T, n)
        assert not task.carries or n == 1
        assert 0 <= task.lag < T
        assert task.encode(batch).shape == (answers, n, task.outputs)
        assert (T == 1) == (task.io_shape == "one_to_one")
        assert (answers == 1) == (task.io_shape in ("many_to_one", "one_to_one"))


@pytest.mark.parametrize("name", ALL)
def test_same_stream_same_batch(name: str) -> None:
    task = registry.load_task(name)
    if splits := recorded(task):
        again = registry.load_task(name).splits()
        assert again and torch.equal(splits.test.x, again.test.x)
        return
    torch.manual_seed(1)
    one = task.sample(8, stream(3))
    torch.manual_seed(2)  # global randomness must not matter
    same, other = task.sample(8, stream(3)), task.sample(8, stream(4))
    assert torch.equal(one.x, same.x) and torch.equal(one.y, same.y)
    assert one.x.shape == other.x.shape, "batches of different seeds are stacked"
    assert not torch.equal(one.x, other.x)


@pytest.mark.parametrize("name", [name for name in ALL if name not in FETCHED])
def test_chance_is_the_best_blind_score(name: str) -> None:
    task = registry.load_task(name)
    train, test = train_and_test(task)
    score = said(task, blind(task, train), test)
    assert score == pytest.approx(task.chance, rel=0.05, abs=2e-3)


@pytest.mark.parametrize("name", ALL)
def test_marks_are_in_their_order(name: str) -> None:
    task = registry.load_task(name)
    recorded(task)
    assert task.skill(task.chance) == 0 and task.skill(task.perfect) == 1
    assert not task.solved(task.chance) and task.solved(task.perfect)
    assert not task.solved(float("nan"))
    assert 0 < task.skill(task.pass_mark) <= 1


@pytest.mark.parametrize("name", ALL)
def test_right_answers_are_perfect(name: str) -> None:
    task = registry.load_task(name)
    test = some(task, train_and_test(task)[1])
    outputs = 50.0 * task.encode(test) if test.y.dtype == torch.int64 else task.encode(test)
    if task.likelihood and test.y.is_floating_point():  # notes: yes or no
        outputs = 100 * (2 * outputs - 1)
    if name not in UNREACHABLE:
        assert task.score(outputs.float(), test).item() == pytest.approx(task.perfect, abs=1e-5)
    assert task.loss(outputs.float(), test).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_a_stack_is_scored_trial_by_trial(name: str) -> None:
    task = registry.load_task(name)
    splits = recorded(task)
    if splits and task.carries:
        batches = [splits.test.map(lambda z, i=i: z[20 * i : 20 * i + 20]) for i in range(3)]
    elif splits:
        batches = [splits.test.pick(torch.arange(i, i + 5)) for i in range(3)]
    else:
        batches = [task.sample(5, stream(i)) for i in range(3)]
    parts = {
        key: torch.stack([getattr(batch, key) for batch in batches])
        for key, value in vars(batches[0]).items()
        if value is not None
    }
    outputs = torch.randn(3, *batches[0].y.shape[:2], task.outputs, generator=stream(9))
    for judge in (task.loss, task.score):
        together = judge(outputs, Batch(**parts))
        alone = torch.stack([judge(*pair) for pair in zip(outputs, batches, strict=True)])
        assert together.shape == (3,)
        torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("name", ALL)
def test_mask_hides(name: str) -> None:
    """What is not asked changes neither loss nor metric (but of a text all that is said counts)."""
    task = registry.load_task(name)
    batch = some(task, train_and_test(task)[0], 9)
    outputs = torch.randn(*batch.y.shape[:2], task.outputs, generator=stream(9))
    for judge, part in ((task.loss, batch.mask), (task.score, weights(batch))):
        if part is not None and not (task.pooled and judge == task.score):
            other = torch.where(part[..., None] > 0, outputs, -3 * outputs)
            assert torch.equal(judge(outputs, batch), judge(other, batch))


# ------------------------------------------------------------------ adding

ADDING = ("arjovsky16", "hs97", "pascanu13", "bai18")


def adding(variant: str, length: int = 50) -> tuple[Task, Tensor, Tensor, Tensor]:
    """The task, and of many sequences: values (T, n), marks (T, n), targets (n,)."""
    task = registry.load_task(f"adding@{variant}", {"length": length})
    batch = task.sample(MANY, stream(5))
    return task, batch.x[..., 0], batch.x[..., 1], batch.y[0, :, 0]


def marked(marks: Tensor, count: int = 2) -> Tensor:
    """The marked steps in order, (count, n)."""
    return (marks == 1).float().topk(count, dim=0).indices.sort(0).values


@pytest.mark.parametrize("variant", ADDING)
def test_adding_adds_the_marked(variant: str) -> None:
    _, values, marks, targets = adding(variant)
    total = (values * (marks == 1)).sum(0)
    answer = {"hs97": 0.5 + total / 4, "pascanu13": total / 2}.get(variant, total)
    torch.testing.assert_close(targets, answer)
    # far past: another value at the first mark is another answer
    assert (values.gather(0, marked(marks))[0].std()) > 0.25


@pytest.mark.parametrize("variant", ("arjovsky16", "bai18"))
def test_adding_constant_one_scores_a_sixth(variant: str) -> None:
    _, values, _, targets = adding(variant)
    assert (targets - 1).square().mean().item() == pytest.approx(1 / 6, abs=5e-3)
    assert values.min() >= 0 and values.max() <= 1


@pytest.mark.parametrize("length", (50, 51))
def test_adding_arjovsky16_marks_one_in_each_half(length: int) -> None:
    _, _, marks, _ = adding("arjovsky16", length)
    first, second = marked(marks)
    assert (marks.sum(0) == 2).all()
    assert first.min() == 0 and first.max() == length // 2 - 1
    assert second.min() == length // 2 and second.max() == length - 1


def test_adding_bai18_marks_anywhere_and_repeats_fixed_sequences() -> None:
    task, _, marks, _ = adding("bai18")
    first, second = marked(marks)
    assert (marks.sum(0) == 2).all()
    assert first.min() == 0 and first.max() > 40 and second.min() < 10
    assert (second - first).min() == 1, "neighbors are allowed"
    splits = task.splits()
    assert splits and [len(part) for part in splits] == [50_000, 1_000, 1_000]


def test_adding_pascanu13_marks_lengths_and_mark() -> None:
    """Constant .5 is right for 64 %: an error counts beyond .2, and skill must correct for it."""
    task, _, marks, targets = adding("pascanu13", 100)
    lengths = set()
    for seed in range(200):
        x = task.sample(4, stream(seed)).x
        assert x.shape[0] == 109, "silence fills every batch to the longest, 1.1 L - 1"
        silence = int((x.abs().sum((1, 2)) > 0).float().argmax())
        lengths.add(109 - silence)
        steps = marked(x[silence:, :, 1])
        tenth, half = (109 - silence) // 10, (109 - silence) // 2
        assert (steps[0] < tenth).all() and (tenth <= steps[1]).all() and (steps[1] < half).all()
    assert lengths == set(range(100, 110))
    assert ((targets - 0.5).square() > 0.04).float().mean().item() == pytest.approx(0.36, abs=0.01)
    assert task.chance == pytest.approx(0.36)
    assert targets.var().item() == pytest.approx(1 / 24, rel=0.03)


def test_adding_hs97_ends_values_and_mark() -> None:
    """Constant .5 is right for 15.4 %; both ends carry -1; a first step chosen counts zero."""
    task, values, marks, targets = adding("hs97")
    start = int((marks[:, 0] == -1).float().argmax())
    values, marks = values[start:], marks[start:]
    assert (marks[0] == -1).all() and (marks[-1] == -1).all()
    assert values.min() < -0.9 and values.max() > 0.9
    lost = (marks == 1).sum(0) == 1  # one of the marks fell on the first step
    assert lost.float().mean().item() == pytest.approx(0.1 + 0.9 / 24, abs=0.01)
    assert (values[0, lost] == 0).all()
    assert (marked(marks)[1, ~lost] <= 24).all()
    right = ((targets - 0.5).abs() < 0.04).float().mean().item()
    assert right == pytest.approx(0.154, abs=0.01)
    lengths = {int((task.sample(1, stream(s)).x[:, 0, 1] == -1).nonzero()[0]) for s in range(99)}
    assert lengths == set(range(6)), "T to T + T/10 steps, the silence before them"


@pytest.mark.parametrize(("variant", "bound"), (("hs97", 0.04), ("pascanu13", 0.2)))
def test_adding_judges_by_its_own_bound(variant: str, bound: float) -> None:
    task = registry.load_task(f"adding@{variant}")
    assert task.metric == "error_rate" and not task.larger_is_better
    batch = Batch(x=torch.zeros(1, 4, 2), y=torch.zeros(1, 4, 1))
    errors = torch.tensor([0.9 * bound, -0.9 * bound, 1.1 * bound, -1.1 * bound])
    assert task.score(errors[None, :, None], batch).item() == 0.5


# ------------------------------------------------------------------ copy


@pytest.mark.parametrize("variant", ("arjovsky16", "lezcano19"))
def test_copy_layout(variant: str) -> None:
    task = registry.load_task(f"copy@{variant}", {"length": 7})
    batch = task.sample(50, stream(0))
    tokens, y = batch.x.argmax(-1), batch.y
    assert batch.x.shape == (27, 50, 10) and (batch.x.sum(-1) == 1).all()
    assert tokens[:10].min() >= 1 and tokens[:10].max() == 8
    go = 16 if variant == "arjovsky16" else 17  # the answer follows the go symbol, or begins at it
    assert (tokens[10:] == 9).nonzero()[:, 0].unique().tolist() == [go - 10]
    assert (tokens[10:].sum(0) == 9).all(), "else blank"
    assert torch.equal(y[17:], tokens[:10]) and (y[:17] == 0).all()
    assert batch.scored is not None and torch.equal(batch.scored, (y > 0).float())


@pytest.mark.parametrize(("length", "published"), ((100, 0.1733), (200, 0.0945), (1000, 0.0204)))
def test_copy_memoryless_loss(length: int, published: float) -> None:
    """10 ln 8 / (T + 20): blank for sure until the answers, then any of the 8."""
    task = registry.load_task("copy", {"length": length})
    batch = task.sample(20, stream(0))
    outputs = torch.full((length + 20, 1, 9), -100.0)
    outputs[: length + 10, :, 0] = 0
    outputs[length + 10 :, :, 1:] = 0
    loss = task.loss(outputs.expand(-1, 20, -1), batch).item()
    assert loss == pytest.approx(10 * log(8) / (length + 20), rel=1e-4)
    assert loss == pytest.approx(published, abs=5e-5)


def test_copy_score_ignores_the_blanks() -> None:
    task = registry.load_task("copy", {"length": 100})
    batch = task.sample(20, stream(0))
    outputs = functional.one_hot(torch.zeros_like(batch.y), 9).float()
    assert (outputs.argmax(-1) == batch.y).float().mean() > 0.9, "always blank is mostly right"
    assert task.score(outputs, batch).item() == 0


def test_copy_knobs() -> None:
    task = registry.load_task("copy", {"length": 3, "memorize": 2, "alphabet": 4})
    assert (task.inputs, task.outputs, task.lag, task.chance) == (6, 5, 5, 0.25)
    assert task.sample(1, stream(0)).x.shape == (7, 1, 6)


# ------------------------------------------------------------------ temporal order


@pytest.mark.parametrize(
    ("symbols", "spans"),
    ((2, ((10, 20), (50, 60))), (3, ((10, 20), (30, 40), (60, 70)))),
)
def test_temporal_order_pascanu13(symbols: int, spans: tuple[tuple[int, int], ...]) -> None:
    task = registry.load_task("temporal_order", {"length": 100, "symbols": symbols})
    batch = task.sample(4000, stream(0))
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (100, 4000, 6) and task.outputs == 2**symbols
    steps = marked((tokens < 2).float(), symbols)
    assert ((tokens < 2).sum(0) == symbols).all()
    for step, (low, high) in zip(steps, spans, strict=True):
        assert step.min() == low and step.max() == high - 1
    order = tokens.gather(0, steps)
    # far past: the class is read off these symbols, the earliest being its lowest bit
    assert torch.equal(batch.y[0], sum(order[k] << k for k in range(symbols)))
    assert batch.y.unique().tolist() == list(range(2**symbols))
    blind_loss = surprise(torch.zeros(1, 4000, 2**symbols), batch.y).mean().item()
    assert blind_loss == pytest.approx(symbols * log(2))


@pytest.mark.parametrize(
    ("symbols", "spans"),
    ((2, ((10, 20), (50, 60))), (3, ((10, 20), (33, 43), (66, 76)))),
)
def test_temporal_order_hs97(symbols: int, spans: tuple[tuple[int, int], ...]) -> None:
    task = registry.load_task("temporal_order@hs97", {"length": 100, "symbols": symbols})
    lengths, found = set(), []
    for seed in range(150):
        batch = task.sample(20, stream(seed))
        silence = int(batch.x.sum((1, 2)).bool().float().argmax())
        lengths.add(len(batch.x) - silence)
        tokens = batch.x[silence:].argmax(-1)
        assert (tokens[0] == 6).all() and (tokens[-1] == 7).all() and (tokens[1:-1] < 6).all()
        found.append(marked((tokens < 2).float(), symbols))
    for steps, (low, high) in zip(torch.cat(found, 1), spans, strict=True):
        assert steps.min() == low and steps.max() == high, "the end of a span belongs to it"
    assert lengths == set(range(100, 111)) and len(batch.x) == 110


@pytest.mark.parametrize("length", range(10, 35))
def test_temporal_order_has_its_symbols_at_every_length(length: int) -> None:
    for variant, symbols in ((v, s) for v in ("pascanu13", "hs97") for s in (2, 3)):
        knobs = {"length": length, "symbols": symbols}
        batch = registry.load_task(f"temporal_order@{variant}", knobs).sample(20, stream(length))
        assert (batch.x[..., :2].sum((0, 2)) == symbols).all()


# ------------------------------------------------------------------ recorded data


SHARED = {  # as published: at most so many test (or validation) sequences are in train, too
    "nottingham": 0.02, "rt_polarity": 0.01, "sst2": 0.01,
}  # fmt: skip


def rows(batch: Batch) -> list[bytes]:
    x = batch.x if batch.valid is None else torch.cat([batch.x, batch.valid[..., None]], -1)
    return [example.numpy().tobytes() for example in x.transpose(0, 1).contiguous()]


@pytest.mark.parametrize("name", RECORDED)
def test_splits_share_no_example(name: str) -> None:
    task = registry.load_task(name)
    splits = recorded(task)
    assert splits
    if task.carries:
        assert all(len(part.y) > 1000 for part in splits)
        return
    train, valid, test = (rows(part) for part in splits)
    for one, other in ((test, train), (valid, train), (test, valid)):
        known = set(other)
        assert sum(row in known for row in one) <= SHARED.get(name, 0) * len(one)
    assert min(map(len, splits)) > 0


def test_digits_are_one_image_in_three_dresses() -> None:
    pixels, image, spelled = (
        registry.load_task(name).splits() for name in ("digits", "digits_image", "digits_spelled")
    )
    assert pixels and image and spelled
    assert torch.equal(pixels.test.x[:, :, 0].T, image.test.x[0])
    assert torch.equal(spelled.test.x[0, :, :64], image.test.x[0])
    assert (spelled.test.x[1:, :, :64] == 0).all(), "after the first step the image is gone"


def test_digits_spelled_by_heart() -> None:
    from seqbench.tasks.digits_spelled import END, LETTERS, NAMES

    task, image = registry.load_task("digits_spelled"), registry.load_task("digits_image")
    splits, images = task.splits(), image.splits()
    assert splits and images and splits.test.mask is not None
    alphabet = [*LETTERS, "."]
    for n, label in enumerate(images.test.y[0].tolist()):
        name = "".join(alphabet[i] for i in splits.test.y[:, n])
        assert name == NAMES[label].ljust(6, ".")
        assert splits.test.mask[:, n].sum() == len(NAMES[label]) + 1, "the end is asked, once"
    before = splits.test.x[..., 64:]
    assert (before[0] == 0).all() and torch.equal(before[1:].argmax(-1), splits.test.y[:-1])
    assert task.outputs == END + 1 == 16


def test_digits_spelled_feeds_what_it_said() -> None:
    task = registry.load_task("digits_spelled")
    x, output = torch.rand(2, 3, 80), torch.randn(2, 3, 16)  # two trials of three images
    fed = task.feed(x, output)
    assert task.generates and torch.equal(fed[..., :64], x[..., :64])
    assert torch.equal(fed[..., 64:].argmax(-1), output.argmax(-1))
    assert (fed[..., 64:].sum(-1) == 1).all()


def test_digits_spelled_wants_the_whole_name() -> None:
    task = registry.load_task("digits_spelled")
    splits = task.splits()
    assert splits
    batch = splits.test.pick(torch.arange(10))
    right = task.encode(batch).float()
    wrong_start = right.clone()
    wrong_start[0, :5] = wrong_start[0, :5].roll(1, -1)
    assert task.score(wrong_start, batch).item() == pytest.approx(0.5)
    endless = right.clone()
    endless[..., -1] = -1  # never says end
    assert task.score(endless, batch).item() == 0


@pytest.mark.parametrize("name", ("python_topics", "sunspots"))
def test_forecasts_are_the_next_input(name: str) -> None:
    splits = registry.load_task(name).splits()
    assert splits
    for batch in splits:
        x = batch.x.argmax(-1) if name == "python_topics" else batch.x
        assert torch.equal(x[1:], batch.y[:-1])


def test_sunspots_pass_mark_is_yules_forecast() -> None:
    """Refitted here by the normal equations, and run over the very batches that are scored."""
    task = registry.load_task("sunspots")
    splits = task.splits()
    assert splits and splits.test.mask is not None
    assert (splits.test.mask.sum(0) == 30).all() and (splits.test.mask[:10] == 0).all()
    from seqbench.data.sets.sunspots import years

    train = torch.tensor(years().train)
    design = torch.stack([torch.ones(len(train) - 2), train[1:-1], train[:-2]], 1).double()
    a, b, c = torch.linalg.solve(design.T @ design, design.T @ train[2:])
    now, before = splits.test.x, splits.test.x.roll(1, 0)  # the first step is not scored
    outputs = (a + b * now + c * before).float()
    assert task.score(outputs, splits.test).item() == pytest.approx(task.pass_mark, rel=1e-4)
    assert b > 1 and c < -0.4, "a damped cycle, as Yule found (1.34 and -.65 on 1749-1924)"


def test_bits_are_nats_over_ln_2() -> None:
    task = registry.load_task("python_topics")
    splits = task.splits()
    assert splits
    uniform = torch.zeros(50, 200, 64)
    assert task.score(uniform, splits.test).item() == pytest.approx(6, abs=1e-5)
    assert task.perfect < task.pass_mark < task.chance < 6


# ------------------------------------------------------------------ bad knobs


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("adding", {"length": 0}),
        ("adding", {"length": 1}),
        ("adding@hs97", {"length": 19}),
        ("adding@pascanu13", {"length": 9}),
        ("copy", {"length": 0}),
        ("copy", {"memorize": 0}),
        ("copy", {"alphabet": 1}),
        ("counting", {"most": 1}),
        ("temporal_order", {"length": 9}),
        ("sunspots", {"length": 10, "warmup": 10}),
        ("sunspots", {"warmup": 0}),
        ("python_topics", {"characters": 0}),
    ),
)
def test_bad_knobs_are_refused_in_one_sentence(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r": .*\. Allowed.*: .*\. [A-Z].*\.$"):
        registry.load_task(name, knobs)


@pytest.mark.parametrize(
    ("name", "knobs"), (("sunspots", {"length": 62}), ("python_topics", {"characters": 100}))
)
def test_knobs_that_ask_for_more_than_was_recorded(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Allowed"):
        registry.load_task(name, knobs).splits()


@pytest.mark.parametrize("knobs", ({"length": 61}, {"length": 2, "warmup": 1}))
def test_sunspots_at_the_edges(knobs: dict[str, object]) -> None:
    task = registry.load_task("sunspots", knobs)
    splits = task.splits()
    assert splits and prod(splits.test.x.shape) > 0 and 0 < task.pass_mark < task.chance
