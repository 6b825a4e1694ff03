"""Who may import whom."""

import ast
from pathlib import Path

import pytest

from tests.helpers import places

HOME = places.HOME / "seqbench"
EVERYWHERE = {"", "errors", "knobs", "files", "terminal"}  # "": the version
VARIANTS = ("cells", "remedies", "tasks")
PROTOCOLS = {"cell", "remedy", "task", "training"}

# module or folder -> (modules of ours that it may import, other packages that it must not)
LAYERS: dict[str, tuple[set[str], set[str]]] = {
    "axes": (set(), {"pandas"}),
    "front": ({"axes", "cell"}, {"pandas"}),
    **{name: ({"axes", "front"} | PROTOCOLS, {"pandas"}) for name in ("cell", "remedy", "task")},
    "training": (set(), {"torch", "pandas"}),
    "networks": ({"axes", "front", "networks"} | PROTOCOLS, {"pandas"}),
    **{name: ({"axes", name} | PROTOCOLS, {"pandas"}) for name in ("cells", "remedies")},
    "tasks": ({"axes", "data", "front", "tasks"} | PROTOCOLS, {"pandas"}),
    "data": ({"data"}, {"torch"}),
    "engine": ({"axes", "engine", "networks"} | PROTOCOLS, {"pandas"}),
    "jobs": (
        {"axes", "criteria", "engine", "jobs", "matrix", "networks", "records", "registry"}
        | {"sources"}
        | PROTOCOLS,
        {"pandas"},
    ),
    "benchmarks": (
        {"axes", "benchmarks", "engine", "jobs", "matrix", "networks", "registry"} | PROTOCOLS,
        {"pandas"},
    ),
    "newborn": (
        {"axes", "engine", "matrix", "newborn", "records", "registry"} | PROTOCOLS,
        {"pandas"},
    ),
    "criteria": (set(), {"torch", "pandas", "numpy"}),
    "records": ({"training"}, {"torch", "pandas"}),
    "description": (set(), {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "registry": ({"description"} | PROTOCOLS, {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "sources": ({"description", "registry"}, {"torch", "pandas", "pydantic", "yaml", "numpy"}),
    "matrix": ({"matrix", "registry", "sources", "training"}, {"torch", "pandas"}),
    "claims": ({"analysis", "claims", "matrix", "records", "registry", "training"}, {"torch"}),
    **{
        name: ({"axes", "claims", "engine", "registry"} | PROTOCOLS, {"pandas"})
        for name in ("claims/analytic.py", "claims/theorems")
    },
    "analysis": ({"analysis", "criteria", "records", "registry"}, {"torch"}),
    "results": ({"analysis", "claims"}, {"torch"}),
    "compare": ({"analysis", "compare", "matrix", "records", "registry", "report"}, {"torch"}),
    "figures": ({"analysis", "figures", "records", "registry", "results"}, {"torch"}),
    "report": (
        {"analysis", "criteria", "data", "description", "figures", "matrix", "records", "registry"}
        | {"report", "results"},
        {"torch"},
    ),
    "commands": (
        {"analysis", "benchmarks", "claims", "commands", "compare", "data", "figures", "jobs"}
        | {"matrix", "newborn", "records", "registry", "report", "results"},
        set(),
    ),
    "__main__": ({"commands"}, {"torch", "pandas"}),
    "errors": (set(), {"torch", "pandas"}),
    "knobs": (set(), {"torch", "pandas"}),
    "files": (set(), {"torch", "pandas"}),
    "terminal": (set(), {"torch", "pandas"}),
    "__init__": (set(), {"torch", "pandas"}),
}
FILES = sorted(HOME.rglob("*.py"))
OF_THEIR_OWN = {"contracts", "golden", "helpers", "house", "workflow"}  # folders of tests
RECORD = "tests.golden.record"  # a script and a helper


def layer(file: Path) -> str:
    path = file.relative_to(HOME).as_posix()
    inner = [name for name in LAYERS if "/" in name and path.startswith(name)]
    return inner[0] if inner else file.relative_to(HOME).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    """Everything that a file imports, also inside functions, as dotted names."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import. Write it in full."
            if (HOME.parent / str(node.module).replace(".", "/")).is_dir():
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
            else:
                found.add(str(node.module))
    return found


def ours(file: Path) -> set[str]:
    """The layers of ours that a file imports; the version counts as ""."""
    dotted = [name.split(".") for name in imports(file)]
    names = {parts[1] if len(parts) > 1 else "" for parts in dotted if parts[0] == "seqbench"}
    return {"" if name == "__version__" else name for name in names}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HOME)))
def test_a_file_imports_only_what_its_layer_may(file: Path) -> None:
    name = layer(file)
    assert name in LAYERS, f"{name} belongs to no layer. Give it a line in LAYERS."
    allowed, forbidden = LAYERS[name]
    wrong = ours(file) - allowed - EVERYWHERE
    assert not wrong, f"{name} must not import {sorted(wrong)} (in {file.name})."
    others = {module.partition(".")[0] for module in imports(file)} & forbidden
    assert not others, f"{name} must not import {sorted(others)} (in {file.name})."


@pytest.mark.parametrize("kind", VARIANTS)
def test_variants_do_not_know_each_other(kind: str) -> None:
    for file in (HOME / kind).glob("*.py"):
        dotted = {name for name in imports(file) if name.split(".")[1:2] == [kind]}
        others = {name for name in dotted if not name.split(".")[2].startswith("_")}
        assert not others, f"{file.name} imports another variant."


def test_the_walk_sees_an_import_inside_a_function(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("def f():\n    from seqbench.engine import loop\n    import torch.nn\n")
    assert imports(file) == {"seqbench.engine.loop", "torch.nn"}
    assert ours(file) == {"engine"}


def test_tests_mirror_the_tree_and_share_only_their_helpers() -> None:
    tests = places.HOME / "tests"
    for file in tests.rglob("*.py"):
        folder = file.relative_to(tests).parent
        assert (HOME / folder).is_dir() or folder.parts[0] in OF_THEIR_OWN, f"no seqbench/{folder}"
        shared = {name for name in imports(file) if name.startswith("tests.")}
        others = {name for name in shared if not name.startswith(("tests.helpers", RECORD))}
        assert not others, f"{file.name} imports {sorted(others)}. What is shared: tests/helpers."
