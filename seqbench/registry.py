"""The file name is the name: cells, remedies and tasks, found and described without importing them.

A variant is one file in its folder, or an entry point of another package (groups seqbench.cells,
seqbench.remedies, seqbench.tasks; the value is a module; a file of that name here goes first).
Names are `base`, `base@label` (the same variant under other knobs; a label that the class has as a
value of its knob `variant` sets it), and for remedies `a+b`. Everything but loading reads source
text only, so it costs no `import torch`.
"""

import difflib
import importlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from seqbench import description, opened, plugins
from seqbench.description import Description, Knob
from seqbench.errors import InputError

if TYPE_CHECKING:
    from seqbench.cell import Cell
    from seqbench.remedy import Remedy
    from seqbench.task import Task

HOME = description.HOME
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}(@[a-z0-9][a-z0-9_]{0,39})?")
Knobs = Mapping[str, object]


@cache
def ours(kind: str) -> frozenset[str]:
    """The names of a kind that are files of this package."""
    with opened.unrecorded():
        return frozenset(file.stem for file in (HOME / kind).glob("[!_]*.py"))


@cache
def names(kind: str) -> tuple[str, ...]:
    """All names of a kind ("cells", "remedies" or "tasks"), sorted."""
    return tuple(sorted(ours(kind).union(plugins.announced(kind))))


def complaints() -> list[str]:
    """What is wrong with what other packages announce, a sentence each."""
    found = [*plugins.unreadable()]
    for kind in plugins.KINDS:
        for name in sorted(plugins.announced(kind)):
            if name in ours(kind):
                found.append(
                    f"{kind}: a package announces another {name!r}, which is not used. Allowed: a "
                    "name that seqbench does not have. Rename it there."
                )
                continue
            try:
                describe(kind, name)
            except InputError as error:
                found.append(str(error))
    return found


def parts(name: str) -> tuple[str, ...]:
    """The parts of a composition: "clip_norm+orthogonal" -> ("clip_norm", "orthogonal")."""
    return tuple(name.split("+"))


def base(kind: str, name: str) -> str:
    """The file stem behind one (part of a) name.

    Raises:
        InputError: the name is malformed, or nothing of that name exists.
    """
    if not NAME.fullmatch(name):
        raise InputError(
            f"{kind}: {name!r} is not a name. Allowed: lower-case letters, digits and _, beginning "
            "with a letter, at most 40, then perhaps @ and a label. Rename it."
        )
    stem = name.partition("@")[0]
    if stem not in names(kind):
        close = difflib.get_close_matches(stem, names(kind), n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Allowed: {', '.join(names(kind))}."
        raise InputError(
            f"{kind}: {stem!r} is unknown. {hint} If it is new, write seqbench/{kind}/{stem}.py."
        )
    return stem


def path(kind: str, name: str) -> Path:
    """The file of a variant.

    Raises:
        InputError: as `base`; or the module that a package announces cannot be found.
    """
    stem = base(kind, name)
    return HOME / kind / f"{stem}.py" if stem in ours(kind) else plugins.path(kind, stem)


@cache
def describe(kind: str, name: str) -> Description:
    """What a variant says of itself, read from its source.

    Raises:
        InputError: unknown name, or a file that does not parse (with its line).
    """
    return description.read(path(kind, name))


def with_label(kind: str, name: str, knobs: Knobs) -> dict[str, object]:
    """The knobs, with `variant` set where the label is one of its values (adding@hs97)."""
    label = name.partition("@")[2]
    variant = describe(kind, name).knobs.get("variant")
    if label and variant and repr(label) in variant.annotation:
        return {"variant": label, **knobs}
    return dict(knobs)


def module(kind: str, name: str) -> ModuleType:
    """The module of a variant, imported.

    Raises:
        InputError: it ends the program, or there is none.
    """
    stem = base(kind, name)
    own = f"seqbench.{kind}.{stem}"
    with _survived(kind, name):
        return importlib.import_module(own if stem in ours(kind) else plugins.module(kind, stem))


@contextmanager
def _survived(kind: str, name: str) -> Iterator[None]:
    try:
        yield
    except (Exception, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise InputError(
            f"{kind}: {name!r} ended the program when it was loaded. Allowed: errors that are "
            "raised. Remove `exit` from it."
        ) from error


def _load(kind: str, name: str, knobs: Knobs) -> object:
    described = describe(kind, name)
    settings = with_label(kind, name, knobs)
    for knob in settings:
        if knob not in described.knobs:
            raise unknown_knob(f"{kind}.{name}", knob, described.knobs)
    with _survived(kind, name):
        class_ = getattr(module(kind, name), described.class_name)
        for knob in described.knobs:
            if any(isfunction(vars(base).get(knob)) for base in class_.__mro__[1:]):
                raise InputError(
                    f"{kind}.{name}: its knob {knob!r} hides the method of that name. Allowed: a "
                    "name that no method of its base has. Rename it."
                )
        return class_(**settings)


def unknown_knob(where: str, knob: str, knobs: Mapping[str, Knob]) -> InputError:
    """The refusal of a knob that a variant does not have."""
    known = ", ".join(f"{k} ({v.annotation}, {v.default})" for k, v in knobs.items()) or "none"
    close = difflib.get_close_matches(knob, knobs, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else "Remove it."
    return InputError(f"{where} has no knob {knob!r}. Knobs: {known}. {hint}")


def load_cell(name: str, knobs: Knobs = {}) -> "Cell":  # noqa: B006
    """An instance of a cell. Knobs not given keep their defaults."""
    return _load("cells", name, knobs)  # type: ignore[return-value]


def load_task(name: str, knobs: Knobs = {}) -> "Task":  # noqa: B006
    """An instance of a task. `adding@hs97` is adding with variant="hs97"."""
    return _load("tasks", name, knobs)  # type: ignore[return-value]


def load_remedy(name: str, knobs: Knobs = {}) -> "Remedy":  # noqa: B006
    """An instance of a remedy; for a composition the knobs are given by part."""
    from seqbench.remedy.composition import compose

    members = parts(name)
    if len(members) == 1:
        return _load("remedies", name, knobs)  # type: ignore[return-value]
    by_part: dict[str, Knobs] = {part: {} for part in members} | knobs  # type: ignore[operator]
    return compose(*(_load("remedies", part, by_part[part]) for part in members))  # type: ignore[arg-type]
