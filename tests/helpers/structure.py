"""The structure of the house in numbers: python -m tests.helpers.structure

Rooms are the files and folders of a package; an arrow goes from a room to one that it imports. What
a type checker alone needs (`if TYPE_CHECKING`) is no arrow.
"""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

HOME = Path(__file__).parents[2] / "seqbench"
PASS = re.compile(r"\.reparametrize\(")  # what every forward pass begins with
SURROUNDINGS = re.compile(r"isinstance\([^)]*\b(Network|Around|Copies)\b")
Arrows = dict[str, set[str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files() -> list[Path]:
    """All source files."""
    return sorted(HOME.rglob("*.py"))


def imported(file: Path) -> set[Path]:
    """The files and packages of ours that a file imports, also inside functions."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    found: set[Path] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("seqbench"):
            continue
        place = HOME.joinpath(*str(node.module).split(".")[1:])
        if not place.is_dir():
            found.add(place.with_suffix(".py"))
            continue
        for alias in node.names:
            inner = place / alias.name
            is_room = inner.is_dir() or inner.with_suffix(".py").exists()
            file = inner if inner.is_dir() else inner.with_suffix(".py")
            found.add(file if is_room else place / "__init__.py")
    return found


def room(path: Path, package: Path) -> str | None:
    """The room of a package in which a file lies; None: outside, or the package's own face."""
    if package not in path.parents:
        return None
    name = path.relative_to(package).parts[0].removesuffix(".py")
    return None if name == "__init__" else name


def arrows(package: Path = HOME) -> Arrows:
    """Which rooms of a package import which."""
    found: Arrows = {}
    for file in sorted(package.rglob("*.py")):
        if (origin := room(file, package)) is None:
            continue
        goals = {room(other, package) for other in imported(file)} - {None, origin}
        found.setdefault(origin, set()).update(goal for goal in goals if goal)
    return found


def circle(graph: Arrows) -> list[str]:
    """Rooms that import each other in a circle; [] where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(name) for name in error.args[1]]
    return []


def functions(tree: ast.Module) -> Iterator[Function]:
    """All functions and methods of a file."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lengths() -> list[int]:
    """Lines of every function, in order of length."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files())
    spans = (f.end_lineno - f.lineno + 1 for tree in trees for f in functions(tree) if f.end_lineno)
    return sorted(spans)


def lines(file: Path) -> int:
    """Lines of a file."""
    return file.read_text(encoding="utf-8").count("\n")


def packages() -> list[Path]:
    """The whole, and every folder with source files."""
    return [HOME, *sorted(file.parent for file in HOME.rglob("*/__init__.py"))]


def places(pattern: re.Pattern[str]) -> list[str]:
    """Where the source has something: file and line."""
    return [
        f"{file.relative_to(HOME)}:{number}"
        for file in files()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line) and not line.lstrip().startswith("def ")
    ]


def main() -> None:
    """Print the numbers."""
    for package in packages():
        graph = arrows(package)
        if count := sum(map(len, graph.values())):
            name, around = package.relative_to(HOME.parent), circle(graph) or "none"
            print(f"{name}: {len(graph)} rooms, {count} arrows, circle: {around}")
    sizes, spans = sorted((lines(file), file) for file in files()), lengths()
    longest = ", ".join(f"{file.relative_to(HOME)} {n}" for n, file in sizes[:-5:-1])
    print(f"{len(sizes)} files, median {sizes[len(sizes) // 2][0]} lines; longest: {longest}")
    print(
        f"functions: median {spans[len(spans) // 2]} lines, 95 %: {spans[len(spans) * 95 // 100]}"
    )
    folders = [f for f in HOME.rglob("*") if f.is_dir() and len([*f.glob("*.py")]) > 16]
    print(f"folders of more than 16 files: {len(folders)}")
    print(f"weights made ready for a pass: {', '.join(places(PASS))}")
    print(f"isinstance on what stands around a cell: {', '.join(places(SURROUNDINGS)) or 'none'}")


if __name__ == "__main__":
    main()
