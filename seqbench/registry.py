"""The file name is the name: cells, remedies and tasks, found and described without importing them.

A variant is one file in its folder, or an entry point of another package (groups seqbench.cells,
seqbench.remedies, seqbench.tasks; the value is a module). Names are `base`, `base@label` (the same
variant under other knobs; a label that the class has as a value of its knob `variant` sets it), and
for remedies `a+b`. Everything but `load` reads source text only, so it costs no `import torch`.
"""

import ast
import difflib
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench.errors import InputError

if TYPE_CHECKING:
    from seqbench.cell import Cell
    from seqbench.remedy import Remedy
    from seqbench.task import Task

HOME = Path(__file__).parent
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}(@[a-z0-9][a-z0-9_]{0,39})?")
# A docstring's paragraph of published results: to the end, or to what begins another paragraph.
PUBLISHED = re.compile(
    r"(?:^|(?<=\. ))Published[,: ].*?(?=\n(?:\n|Not |Our deviation|Source:)|\Z)", re.S | re.M
)

Knobs = Mapping[str, object]


@dataclass(frozen=True)
class Knob:
    """A field of a variant's class, as its source says it."""

    annotation: str
    default: object


@dataclass(frozen=True)
class Card:
    """What a variant's file says of itself.

    Attributes:
        title:    first line of the module's docstring.
        sources:  bibliography keys after `Source:`.
        published: what others report, from `Published` on, in one line; "" where nothing is said.
        knobs:    the settable fields, those of the base class included.
        overrides: the protocol's methods that its class, or one that this extends, redefines.
        facts:    its class attributes that are literals (io_shape, gates, ...).
        lineage:  the files of its class and of the classes of this package that it extends.
    """

    kind: str
    name: str
    path: Path
    doc: str
    knobs: dict[str, Knob]
    overrides: tuple[str, ...]
    facts: dict[str, object] = field(default_factory=dict)
    lineage: tuple[Path, ...] = ()

    @property
    def title(self) -> str:
        return self.doc.partition("\n")[0].rstrip(".")

    @property
    def published(self) -> str:
        found = PUBLISHED.search(self.doc)
        return " ".join(found[0].split()) if found else ""

    @property
    def sources(self) -> tuple[str, ...]:
        _, found, after = self.doc.partition("Source:")
        return tuple(re.findall(r"\b[a-z]+\d{4}[a-z]*\b", after)) if found else ()


@cache
def _elsewhere(kind: str) -> dict[str, str]:
    """Variants of other packages: name -> module."""
    return {e.name: e.value for e in metadata.entry_points(group=f"seqbench.{kind}")}


@cache
def names(kind: str) -> tuple[str, ...]:
    """All names of a kind ("cells", "remedies" or "tasks"), sorted."""
    own = {p.stem for p in (HOME / kind).glob("*.py") if not p.stem.startswith("_")}
    return tuple(sorted(own | set(_elsewhere(kind))))


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
            f"{kind}: {stem!r} is unknown. {hint} Add it by writing seqbench/{kind}/{stem}.py."
        )
    return stem


def path(kind: str, name: str) -> Path:
    """The file of a variant."""
    stem = base(kind, name)
    if stem in _elsewhere(kind):
        spec = util.find_spec(_elsewhere(kind)[stem])
        if spec is None or spec.origin is None:
            raise InputError(
                f"{kind}: {stem!r} is announced by a package as {_elsewhere(kind)[stem]}, "
                "which cannot be found. Allowed: a module. Reinstall or mend that package."
            )
        return Path(spec.origin)
    return HOME / kind / f"{stem}.py"


def _parse(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise InputError(
            f"{file}{f', line {line}' if line else ''}: {getattr(error, 'msg', error)}. "
            "Allowed: a Python module with one public class. Mend the file."
        ) from error


@cache
def code(file: Path) -> str:
    """A checksum of what a source file does: comments, layout and docstrings do not count.

    Of its bytes where it does not parse.
    """
    try:
        tree = _parse(file)
    except InputError:
        return sha256(file.read_bytes()).hexdigest()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return sha256(ast.dump(tree).encode()).hexdigest()


def _public_class(module: ast.Module, file: Path, name: str | None = None) -> ast.ClassDef:
    found = [n for n in module.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
    if name:
        found = [n for n in found if n.name == name]
    if len(found) != 1:
        raise InputError(
            f"{file}: has {len(found)} public classes. Allowed: exactly one. "
            "Begin the names of the others with an underscore."
        )
    return found[0]


def _literal(node: ast.expr | None) -> object:
    """The value of a literal expression; its source text where it is not one."""
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)


def _fields(class_: ast.ClassDef) -> tuple[dict[str, Knob], dict[str, object]]:
    """Knobs (annotated fields) and facts (class variables) of a class body."""
    knobs: dict[str, Knob] = {}
    facts: dict[str, object] = {}
    for node in class_.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            annotation = ast.unparse(node.annotation)
            if annotation.startswith("ClassVar"):
                facts[node.target.id] = _literal(node.value)
            else:
                knobs[node.target.id] = Knob(annotation, _literal(node.value))
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            facts[node.targets[0].id] = _literal(node.value)
    return knobs, facts


@cache
def card(kind: str, name: str) -> Card:
    """What a variant says of itself, read from its source.

    Raises:
        InputError: unknown name, or a file that does not parse (with its line).
    """
    file = path(kind, name)
    module = _parse(file)
    line = _lineage(module, _public_class(module, file), file)
    knobs: dict[str, Knob] = {}
    facts: dict[str, object] = {}
    for _, class_ in reversed(line):
        own_knobs, own_facts = _fields(class_)
        knobs, facts = knobs | own_knobs, facts | own_facts
    methods = [_methods(class_) for _, class_ in line]
    redefined = {name for names in methods[:-1] for name in names}
    overrides = tuple(n for n in methods[-1] if n in redefined and n not in ("suits", "reach"))
    doc = ast.get_docstring(module) or ""
    files = tuple(dict.fromkeys(file for file, _ in line))
    return Card(kind, base(kind, name), file, doc, knobs, overrides, facts, files)


def _methods(class_: ast.ClassDef) -> tuple[str, ...]:
    nodes = (node for node in class_.body if isinstance(node, ast.FunctionDef))
    return tuple(node.name for node in nodes if not node.name.startswith("__"))


def _imported(module: ast.Module) -> dict[str, Path]:
    """The names that a module imports from this package, with the files that they are from."""
    found = {}
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seqbench."):
            folder = HOME.joinpath(*str(node.module).split(".")[1:])
            for alias in node.names:
                submodule = folder / f"{alias.name}.py"
                found[alias.name] = submodule if folder.is_dir() else folder.with_suffix(".py")
    return found


def _lineage(
    module: ast.Module, class_: ast.ClassDef, file: Path
) -> list[tuple[Path, ast.ClassDef]]:
    """A class and those that it extends, as far as their source is in this package."""
    line = [(file, class_)]
    classes = {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}
    imported = _imported(module)
    for name in (node.id for node in class_.bases if isinstance(node, ast.Name)):
        if name in classes:
            line += _lineage(module, classes[name], file)
        elif name in imported:
            other = _parse(imported[name])
            line += _lineage(other, _public_class(other, imported[name], name), imported[name])
    return line


@cache
def sources(kind: str, name: str) -> tuple[Path, ...]:
    """The files that say what a variant does: its own, what it extends, its family's.

    Its own alone where that does not parse.
    """
    try:
        line = card(kind, name).lineage
    except InputError:
        return (path(kind, name),)
    family = {found for file in line for found in _imported(_parse(file)).values()}
    return (
        *line,
        *sorted(
            f for f in family if f.stem.startswith("_") and f.parent.name == kind and f not in line
        ),
    )


@cache
def readers(task: str) -> tuple[Path, ...]:
    """The files that read a task's data, and those that they import from the same folder."""
    home, found = HOME / "data", set[Path]()
    waiting = [*sources("tasks", task)]
    while waiting:
        for file in _imported(_parse(waiting.pop())).values():
            if home not in file.parents:
                continue
            package = file.with_suffix("") if file.with_suffix("").is_dir() else file.parent
            new = {file} if file.is_file() else {*package.glob("*.py")}  # a package, or its name
            waiting += new - found
            found |= new
    return tuple(sorted(found))


def with_label(kind: str, name: str, knobs: Knobs) -> dict[str, object]:
    """The knobs, with `variant` set where the label is one of its values (adding@hs97)."""
    label = name.partition("@")[2]
    variant = card(kind, name).knobs.get("variant")
    if label and variant and repr(label) in variant.annotation:
        return {"variant": label, **knobs}
    return dict(knobs)


def _load(kind: str, name: str, knobs: Knobs) -> object:
    described = card(kind, name)
    module = _elsewhere(kind).get(described.name, f"seqbench.{kind}.{described.name}")
    class_ = _public_class(_parse(described.path), described.path)
    settings = with_label(kind, name, knobs)
    for knob in settings:
        if knob not in described.knobs:
            raise unknown_knob(f"{kind}.{name}", knob, described.knobs)
    return getattr(importlib.import_module(module), class_.name)(**settings)


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
    from seqbench.remedy import compose

    members = parts(name)
    if len(members) == 1:
        return _load("remedies", name, knobs)  # type: ignore[return-value]
    by_part: dict[str, Knobs] = {part: {} for part in members} | knobs  # type: ignore[operator]
    return compose(*(_load("remedies", part, by_part[part]) for part in members))  # type: ignore[arg-type]
