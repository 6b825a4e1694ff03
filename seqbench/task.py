"""What a task is: where its sequences come from, what is asked, and what counts as an answer.

A task owns its chance level and its pass mark, so that scores of different tasks can be averaged:
skill is 0 at chance and 1 at perfect. A synthetic task gives `sample`; a task on recorded data
gives `splits`; neither touches the network.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import knobs
from seqbench.axes import Tensors
from seqbench.front import Front

IoShape = Literal["one_to_one", "one_to_many", "many_to_one", "many_to_many"]


@dataclass(frozen=True)
class Batch:
    """Sequences and their answers; any axis in front of (T, B) is trials.

    Attributes:
        x:       (..., T, B, I) inputs.
        y:       the answers: class numbers (..., A, B), or values (..., A, B, O).
                 A = 1 where only the last step is asked, else A = T.
        mask:    (..., A, B) weight of every answer in the loss; None: all alike.
        scored:  (..., A, B) weight of every answer in the metric; None: as in the loss.
        valid:   (..., T, B) 1 where a step belongs to its sequence, 0 where it is padding, before
                 or behind it: there the state stays as it is. None: all do.
    """

    x: Tensor
    y: Tensor
    mask: Tensor | None = None
    scored: Tensor | None = None
    valid: Tensor | None = None

    def map(self, change) -> "Batch":  # type: ignore[no-untyped-def]
        """The same batch with `change` applied to every tensor."""
        parts = {k: v for k, v in vars(self).items() if v is not None}
        return replace(self, **{k: change(v) for k, v in parts.items()})

    def pick(self, examples: Tensor | slice) -> "Batch":
        """Some of the sequences, by number. One trial: the tensors have no axis in front."""
        return self.map(lambda x: x[:, examples])

    def joined(self, *others: "Batch") -> "Batch":
        """One batch of all sequences. One trial: the tensors have no axis in front."""
        parts = {k: v for k, v in vars(self).items() if v is not None}
        return Batch(
            **{k: torch.cat([v, *(vars(o)[k] for o in others)], 1) for k, v in parts.items()}
        )

    def __len__(self) -> int:
        return self.x.shape[-2]


class Splits(NamedTuple):
    """A recorded data set. Learning rates are chosen on `valid`; `test` is read once."""

    train: Batch
    valid: Batch
    test: Batch


class Sample(NamedTuple):
    """A piece of what a network says, for people to look at; all of it can be written as JSON.

    Attributes:
        kind:    text; strokes: a list of (x, y, pen down) in 0..1; roll: a list of steps, each
                 the numbers of the notes that sound.
        said:    what the network says, of that kind.
        wanted:  the reference, of that kind; None: there is no single right answer.
        given:   what it was given, in words.
        image:   what it was given, as rows of gray (0 black, 1 white) or of (red, green, blue).
    """

    kind: Literal["text", "strokes", "roll"]
    said: str | list
    wanted: str | list | None = None
    given: str = ""
    image: list | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """Base of all tasks.

    Class attributes:
        io_shape:    one_to_one, one_to_many, many_to_one or many_to_many.
        asked:       "last": only the state after the last step is read; "every": all of them.
        metric:      name of the score; `larger_is_better` and `perfect` belong to it.
        open_ended:  scores beyond the pass mark are worth training for, so training goes on.
        likelihood:  the metric scores probabilities, not decisions or values.
        past_only:   the input of the step that is asked does not help: without memory, only chance.
        generates:   tested by free running: `feed` puts the last output into the next input.
        variable:    sequences differ in length: every batch says what is `valid`.
        both_ways:   it may be read backwards, too: no step asks for what comes later.
        carries:     its parts are one long sequence each, read window by window: where one window
                     ends, the next one begins with the state that it left.
        pooled:      the metric is taken from all decisions at once and is no mean over sequences.
        beam:        hypotheses that a beam search follows, whose metric is reported, too; 0: none.
        end:         the symbol after the last one, where there is a beam.
        draws:       in a showcase outputs meet noise, so that a choice by the largest one (gumbel)
                     or by the sign (logistic) is drawn with the probability that they give it.
        needs:       names of the data sets that it reads; `{knob}` stands for a knob's value.
        on_host:     `sample` looks at its numbers, or needs tensors of the CPU. Otherwise it is
                     called where the training is, and all that it makes is made there.
    Properties that a task gives:
        inputs, outputs:  I and O.
        lag:              how many steps back the answer lies (the farthest that is needed).
        chance:           the metric of the best predictor that does not see the input.
        pass_mark:        the metric at which the task counts as solved.
    Properties that it may give:
        front:            a front end between x and the cell.
        reads:            steps that an encoder reads before a decoder of its own answers; 0: none.
        window:           steps of a window, where it carries.
    """

    io_shape: ClassVar[IoShape]
    asked: ClassVar[Literal["last", "every"]] = "last"
    metric: ClassVar[str]
    larger_is_better: ClassVar[bool]
    perfect: ClassVar[float]
    open_ended: ClassVar[bool] = False
    generates: ClassVar[bool] = False
    likelihood: ClassVar[bool] = False
    past_only: ClassVar[bool] = True
    variable: ClassVar[bool] = False
    both_ways: ClassVar[bool] = False
    carries: ClassVar[bool] = False
    pooled: ClassVar[bool] = False
    beam: ClassVar[int] = 0
    end: ClassVar[int] = 0
    draws: ClassVar[Literal["", "gumbel", "logistic"]] = ""
    needs: ClassVar[tuple[str, ...]] = ()
    on_host: ClassVar[bool] = False

    def __post_init__(self) -> None:
        knobs.check(self)

    @property
    def inputs(self) -> int:
        raise AssertionError(f"{type(self).__name__} does not say its inputs")

    @property
    def outputs(self) -> int:
        raise AssertionError(f"{type(self).__name__} does not say its outputs")

    @property
    def lag(self) -> int:
        raise AssertionError(f"{type(self).__name__} does not say its lag")

    @property
    def chance(self) -> float:
        raise AssertionError(f"{type(self).__name__} does not say its chance level")

    @property
    def pass_mark(self) -> float:
        raise AssertionError(f"{type(self).__name__} does not say its pass mark")

    @property
    def front(self) -> Front | None:
        return None

    @property
    def reads(self) -> int:
        return 0

    @property
    def window(self) -> int:
        raise AssertionError(f"{type(self).__name__} does not say its window")

    def sample(self, n: int, stream: Generator) -> Batch:
        """n fresh sequences of a synthetic task, drawn from the stream and nothing else."""
        raise AssertionError(f"{type(self).__name__} is recorded: it has splits, not samples")

    def splits(self) -> Splits | None:
        """The recorded data; None: the task is synthetic.

        Raises:
            MissingData: the data are not on this machine.
        """
        return None

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        """Free running: the next input x (..., B, I), with the last output (..., B, O) put in."""
        return x

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """What training minimizes. outputs: (..., A, B, O) -> (...)"""
        raise AssertionError(f"{type(self).__name__} has no loss")

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The metric. outputs: (..., A, B, O) -> (...)"""
        raise AssertionError(f"{type(self).__name__} has no score")

    def decide(self, outputs: Tensor) -> Tensor:
        """What it says, in as few numbers as `judge` needs: (..., A, B, O) -> (..., A, B)"""
        return outputs.argmax(-1)

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        """The metric of a pooled task, from all decisions: (..., A, B) -> (...)"""
        raise AssertionError(f"{type(self).__name__} does not judge")

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        """Other metrics that people report, by name, means over sequences like `score`."""
        return {}

    def showcase(self) -> Batch | None:
        """A few sequences to run freely, so that people see what comes; None: nothing to see."""
        return None

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        """What one trial said in the showcase: (A, B, O) -> a sample for each sequence."""
        raise AssertionError(f"{type(self).__name__} does not show")

    def encode(self, batch: Batch) -> Tensor:
        """The answers as numbers for a closed-form readout: (..., A, B, O)."""
        raise AssertionError(f"{type(self).__name__} has no encoding")

    def skill(self, score: float) -> float:
        """0 at chance, 1 at perfect, below 0 for worse than chance.

        Bounded by -1: one output that exploded must not outweigh all other trials in a mean.
        """
        return max(-1.0, (score - self.chance) / (self.perfect - self.chance))

    def solved(self, score: float) -> bool:
        """Whether a score meets the pass mark. Not-a-number does not."""
        return score >= self.pass_mark if self.larger_is_better else score <= self.pass_mark


def exact_match(outputs: Tensor, batch: Batch) -> Tensor:
    """The share of sequences without a wrong answer where answers count. (..., A, B, O) -> (...)"""
    right = outputs.argmax(-1) == batch.y
    counted = batch.mask if batch.scored is None else batch.scored
    if counted is not None:
        right = right | (counted == 0)
    return right.all(-2).to(outputs.dtype).mean(-1)


def weighted_mean(values: Tensor, weights: Tensor | None) -> Tensor:
    """Mean over answers and sequences, per trial: (..., A, B) -> (...)"""
    if weights is None:
        return values.flatten(-2).mean(-1)
    return (values * weights).flatten(-2).sum(-1) / weights.flatten(-2).sum(-1)


@dataclass(frozen=True, kw_only=True)
class Regression(Task):
    """Answers are numbers: mean squared error, both as loss and as metric."""

    metric: ClassVar[str] = "mse"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        return weighted_mean((outputs - batch.y).square().mean(-1), batch.mask)

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        weights = batch.mask if batch.scored is None else batch.scored
        return weighted_mean((outputs - batch.y).square().mean(-1), weights)

    def encode(self, batch: Batch) -> Tensor:
        return batch.y


@dataclass(frozen=True, kw_only=True)
class Classification(Task):
    """Answers are classes: cross-entropy (in nats) as loss, accuracy as metric."""

    metric: ClassVar[str] = "accuracy"
    larger_is_better: ClassVar[bool] = True
    perfect: ClassVar[float] = 1.0

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        return weighted_mean(surprise(outputs, batch.y), batch.mask)

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        weights = batch.mask if batch.scored is None else batch.scored
        return weighted_mean((outputs.argmax(-1) == batch.y).to(outputs.dtype), weights)

    def encode(self, batch: Batch) -> Tensor:
        return functional.one_hot(batch.y, self.outputs)


def surprise(outputs: Tensor, y: Tensor) -> Tensor:
    """-log p(y) in nats for scores (..., A, B, O) and classes (..., A, B) -> (..., A, B)"""
    return -torch.log_softmax(outputs, -1).gather(-1, y[..., None])[..., 0]
