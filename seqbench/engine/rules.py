"""What a variant must not do, and the sentence that says where it does."""

from abc import ABC
from typing import Generic

from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.errors import InputError, place
from seqbench.remedy import Remedy
from seqbench.task import Task

# rule -> what is wrong, what is allowed, what to do
RULES = {
    "company": (
        "a trial's result changes with the other trials of its stack",
        "what its own rows say: the last two axes are the mathematics, any axis in front is trials",
        "Reduce over the last two axes only, and let no `if`, item() or float() look at numbers.",
    ),
    "order": (
        "a trial's result changes with its place in the stack, or with how many there are",
        "what its own rows say: the last two axes are the mathematics, any axis in front is trials",
        "Count axes from the end (-1, -2), and ask for no size in front of these.",
    ),
    "batch": (
        "the result of one sequence changes with the other sequences of its batch, or with how "
        "many there are",
        "a step that treats every sequence by itself",
        "Take statistics over the last axis only, and compute nothing from x.shape[-2].",
    ),
    "again": (
        "the same inputs give another result the second time",
        "a function of what it is given and nothing else",
        "Keep nothing between two calls.",
    ),
    "draws": (
        "it draws from a global random generator",
        "at.noise for a remedy, the stream for a task or initialize(), no random numbers in a step",
        "Draw from these, or do without.",
    ),
    "self": (
        "it keeps something from one call to the next",
        "knobs, which stay as they are",
        "Carry it in a cell's state, `remember` it in a remedy, or do without; what is made of "
        "sizes alone may lie in a functools.cache.",
    ),
    "import": (
        "its file gives this constant another value each time that it is imported",
        "constants that are written down, or drawn from a generator with a fixed seed",
        "Draw it in initialize() from the stream, or give it a seed.",
    ),
    "process": (
        "it changes a setting that the whole process shares",
        "settings that stay as they are",
        "Give the type or device where a tensor is made, and leave the settings alone.",
    ),
    "padding": (
        "its result changes with copies of sequences that may follow the batch (batch padding)",
        "the first `trajectory.sequences` sequences of every state",
        "Cut what is read of a state to these: h[..., : trajectory.sequences, :].",
    ),
    "inputs": (
        "it writes into what it was given",
        "operations that make new tensors",
        "Do without methods that end with _, assignments to parts, and changes of a dictionary.",
    ),
    "frozen": (
        "it uses a weight of a torch.nn module, which would never train",
        "weights that params() declares",
        "Declare it there and take it from `params`.",
    ),
    "shape": (
        "what it gives has other names, shapes or types than what it replaces",
        "the same ones: the last two axes are the mathematics, any axis in front is trials",
        "Change nothing but the numbers.",
    ),
    "looks": (
        "it asks for gradients of a pass at which looks_at_the_pass() says that it does not look",
        "True at every update whose penalty asks for states, inputs or gradients",
        "Let looks_at_the_pass() say so, or leave it out.",
    ),
    "bound": (
        "its bound() says another thing than its carry() does",
        "None for every `left`, or for each the largest norm (0 or more) that carry() hands back, "
        "of the joint gradient of all parts of the state and all sequences of a trial",
        "Leave bound() out where carry() does anything else.",
    ),
    "sentence": (
        "its objection is no sentence",
        "None, or a text that says why the remedy makes no sense there",
        "Return one of these.",
    ),
    "gradient": (
        "none of the cell's weights gets a gradient",
        "a step whose result depends on its weights; `freeze_recurrent` is a remedy",
        "Look for detach(), .data, no_grad() or a result that is made of constants.",
    ),
    "outputs": (
        "it does not depend on the outputs, so nothing would be learned",
        "a loss made of the outputs, without detach(), argmax() or item() in between",
        "Change the loss.",
    ),
    "fillers": (
        "it changes with answers whose weight is 0 in batch.mask",
        "a mean over the answers that have a weight: the last stream of windows is filled up, and "
        "the mask says with what",
        "Use weighted_mean(values, batch.mask), or give every answer its weight.",
    ),
    "pieces": (
        "it is not the mean over answers, or over sequences, that the task's weights() says, so a "
        "test that is read in pieces would give another number",
        "a mean by these weights, or a task that is Pooled, whose metric is taken from all at once",
        "Say in weights() what counts (a share of whole sequences: ExactMatch, by_sequence), or "
        "make the task Pooled.",
    ),
}
_OURS = {base.__module__ for base in (Cell, Remedy, Task)}

Line = tuple[str, int, str]  # file, line, function


class Impure(InputError):
    """A variant breaks a rule; the sentence names the line, the rule, and what to do."""


def impure(
    rule: str, variant: object, verb: str, line: Line | None = None, more: str = ""
) -> Impure:
    """The refusal. line: where it happens; None: only the verb is known. more: details, if any."""
    wrong, allowed, advice = RULES[rule]
    file, number, function = line or _defined(variant, verb)
    details = f" ({more})" if more else ""
    words = f"{wrong}{details}. Allowed: {allowed}. {advice}"
    return Impure(f"{place(file, number, function)}: {words}")


def alike(made: object, given: Tensors | State) -> str | None:
    """Where names, shapes, types or devices of what was made differ from the given, in a clause."""
    if made is given:
        return None
    if isinstance(given, dict):
        if not isinstance(made, dict):
            return f"it gives {kind(made)} in place of a dictionary of tensors"
        if made.keys() != given.keys():
            return "names: " + ", ".join(sorted(map(str, made.keys() ^ given.keys())))
        return next(filter(None, (_differs(k, made[k], given[k]) for k in given)), None)
    if not isinstance(made, tuple | list):
        return f"it gives {kind(made)} in place of a tuple of {len(given)} tensors"
    if len(made) != len(given):
        return f"it gives {len(made)} parts in place of {len(given)}"
    pairs = enumerate(zip(made, given, strict=True))
    return next(filter(None, (_differs(f"part {n}", *pair) for n, pair in pairs)), None)


def _differs(name: str, made: object, given: Tensor) -> str | None:
    if not isinstance(made, Tensor):
        return f"{name} is {kind(made)} in place of {_words(given)}"
    if (made.shape, made.dtype, made.device.type) == (given.shape, given.dtype, given.device.type):
        return None
    return f"{name} is {_words(made)} in place of {_words(given)}"


def kind(made: object) -> str:
    """What something is, in a word."""
    return "None" if made is None else type(made).__name__


def _words(part: Tensor) -> str:
    shape, dtype = ", ".join(map(str, part.shape)), str(part.dtype).removeprefix("torch.")
    return f"({shape}) {dtype} on {part.device.type}"


def files(variant: object) -> set[str]:
    """The source files of a variant's class and of those that it extends, without ours."""
    methods = (method for own in kinds(variant) for method in vars(own).values())
    return {method.__code__.co_filename for method in methods if hasattr(method, "__code__")}


def kinds(variant: object) -> list[type]:
    """A variant's class and those that it extends, without ours."""
    return [
        kind
        for kind in type(variant).__mro__
        if _package(kind) not in _OURS and kind not in (object, ABC, Generic)
    ]


def _package(kind: type) -> str:
    return ".".join(kind.__module__.split(".")[:2])


def _defined(variant: object, verb: str) -> Line:
    """Where the class, or one that it extends, defines the verb."""
    for kind in type(variant).__mro__:
        code = getattr(vars(kind).get(verb), "__code__", None)
        if code is not None:
            return code.co_filename, code.co_firstlineno, verb
    return f"{type(variant).__name__}", 1, verb
