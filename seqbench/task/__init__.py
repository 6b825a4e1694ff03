"""What a task is: where its sequences come from, what is asked, and what counts as an answer.

A task owns its chance level and its pass mark, so that scores of different tasks can be averaged:
skill is 0 at chance and 1 at perfect. A synthetic task gives `sample`; a task on recorded data
gives `splits`; neither touches the network. Optional, beside it:

    reading    what else its sequences need: padding, windows, an encoder, a front end
    speaking   a network that runs freely, in a test or for people to look at
    pooled     a metric of all decisions at once
    returning  answers that are the inputs of later steps
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import knobs
from seqbench.axes import Tensors
from seqbench.task.reading import Reading

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


@dataclass(frozen=True, kw_only=True)
class Task(ABC):
    """Base of all tasks.

    Class attributes:
        io_shape:    one_to_one, one_to_many, many_to_one or many_to_many.
        asked:       "last": only the state after the last step is read; "every": all of them.
        metric:      name of the score; `larger_is_better` and `perfect` belong to it.
        open_ended:  scores beyond the pass mark are worth training for, so training goes on.
        likelihood:  the metric scores probabilities, not decisions or values.
        past_only:   the input of the step that is asked does not help: without memory, only chance.
        both_ways:   it may be read backwards, too: no step asks for what comes later.
        needs:       names of the data sets that it reads; `{knob}` stands for a knob's value.
        on_host:     `sample` looks at its numbers, or needs tensors of the CPU. Otherwise it is
                     called where the training is, and all that it makes is made there.
    """

    io_shape: ClassVar[IoShape]
    asked: ClassVar[Literal["last", "every"]] = "last"
    metric: ClassVar[str]
    larger_is_better: ClassVar[bool]
    perfect: ClassVar[float]
    open_ended: ClassVar[bool] = False
    likelihood: ClassVar[bool] = False
    past_only: ClassVar[bool] = True
    both_ways: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    on_host: ClassVar[bool] = False

    def __post_init__(self) -> None:
        knobs.check(self)

    @property
    @abstractmethod
    def inputs(self) -> int:
        """I, the numbers of a step of x."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """O, the numbers that the readout says."""

    @property
    @abstractmethod
    def lag(self) -> int:
        """How many steps back the answer lies (the farthest that is needed)."""

    @property
    @abstractmethod
    def chance(self) -> float:
        """The metric of the best predictor that does not see the input.

        On recorded data: at least that of the best constant answer to the test part, so that
        nothing constant has a skill above 0 (`seqbench.data.baselines.constants`).
        """

    @property
    @abstractmethod
    def pass_mark(self) -> float:
        """The metric at which the task counts as solved."""

    @property
    def reading(self) -> Reading:
        """How its sequences are read: as they are, all of one length, unless it says otherwise."""
        return Reading()

    def sample(self, n: int, stream: Generator) -> Batch:
        """n fresh sequences of a synthetic task, drawn from the stream and nothing else.

        Raises:
            NotImplementedError: the task is recorded.
        """
        raise NotImplementedError(f"{type(self).__name__} is recorded: splits, not samples")

    def splits(self) -> Splits | None:
        """The recorded data; None: the task is synthetic.

        Raises:
            MissingData: the data are not on this machine.
        """
        return None

    @abstractmethod
    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        """What training minimizes. outputs: (..., A, B, O) -> (...)

        In a window none of the answers may count: then it is 0, as `weighted_mean` has it.
        """

    @abstractmethod
    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The metric. outputs: (..., A, B, O) -> (...)"""

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        """Other metrics that people report, by name, means like `score`."""
        return {}

    def weights(self, name: str, batch: Batch) -> Tensor | None:
        """How much answers, or whole sequences, weigh in the loss, the score or a measure.

        A test is read in pieces, and put together by these. A metric that is no mean: `Pooled`.

        name: "loss", "score" or the name of a measure. -> (..., A, B), or (..., 1, B) where it is
        a mean over sequences; None: all alike.
        """
        return batch.mask if name == "loss" or batch.scored is None else batch.scored

    @abstractmethod
    def encode(self, batch: Batch) -> Tensor:
        """The answers as numbers for a closed-form readout: (..., A, B, O)."""

    def skill(self, score: float) -> float:
        """0 at chance, 1 at perfect, below 0 for worse than chance.

        Bounded by -1: one output that exploded must not outweigh all other trials in a mean.
        """
        return max(-1.0, (score - self.chance) / (self.perfect - self.chance))

    def solved(self, score: float) -> bool:
        """Whether a score meets the pass mark. Not-a-number does not."""
        return score >= self.pass_mark if self.larger_is_better else score <= self.pass_mark


def exact_match(outputs: Tensor, batch: Batch) -> Tensor:
    """The share of sequences without a wrong answer where answers count. (..., A, B, O) -> (...)

    Sequences of which no answer counts are left out.
    """
    right = outputs.argmax(-1) == batch.y
    counted = batch.mask if batch.scored is None else batch.scored
    if counted is None:
        return right.all(-2).to(outputs.dtype).mean(-1)
    whole = (right | (counted == 0)).all(-2, keepdim=True).to(outputs.dtype)
    return weighted_mean(whole, by_sequence(counted))


def by_sequence(weights: Tensor | None) -> Tensor | None:
    """1 for every sequence of which an answer counts: (..., A, B) -> (..., 1, B)"""
    return None if weights is None else (weights > 0).any(-2, keepdim=True).to(weights.dtype)


def weighted_mean(values: Tensor, weights: Tensor | None) -> Tensor:
    """Mean over answers and sequences, per trial: (..., A, B) -> (...)

    What has no weight does not count, be it infinite or NaN; 0 where nothing has a weight.
    """
    if weights is None:
        return values.flatten(-2).mean(-1)
    values = torch.where(weights == 0, 0, values)
    total = weights.flatten(-2).sum(-1)
    return (values * weights).flatten(-2).sum(-1) / torch.where(total == 0, 1, total)


@dataclass(frozen=True, kw_only=True)
class Regression(Task):
    """Answers are numbers: mean squared error, both as loss and as metric."""

    metric: ClassVar[str] = "mse"
    larger_is_better: ClassVar[bool] = False
    perfect: ClassVar[float] = 0.0

    def loss(self, outputs: Tensor, batch: Batch) -> Tensor:
        return weighted_mean((outputs - batch.y).square().mean(-1), batch.mask)

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        errors = (outputs - batch.y).square().mean(-1)
        return weighted_mean(errors, self.weights("score", batch))

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
        right = (outputs.argmax(-1) == batch.y).to(outputs.dtype)
        return weighted_mean(right, self.weights("score", batch))

    def encode(self, batch: Batch) -> Tensor:
        return functional.one_hot(batch.y, self.outputs)


@dataclass(frozen=True, kw_only=True)
class ExactMatch(Classification):
    """Answers are classes, and a sequence is right where none of those that count is wrong."""

    metric: ClassVar[str] = "exact_match"

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        return exact_match(outputs, batch)

    def weights(self, name: str, batch: Batch) -> Tensor | None:
        counted = super().weights(name, batch)
        return by_sequence(counted) if name == "score" else counted


def surprise(outputs: Tensor, y: Tensor) -> Tensor:
    """-log p(y) in nats for scores (..., A, B, O) and classes (..., A, B) -> (..., A, B)"""
    return -torch.log_softmax(outputs, -1).gather(-1, y[..., None])[..., 0]
