"""Write the exact pins of this environment (make lock): two lock files and the conda file.

Only what pyproject.toml asks for, and what that asks for in turn, is pinned. Local versions such
as 2.13.0+cpu lose their suffix, so that a machine with a GPU may take its own build.
"""

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAD = "# Exact versions; written by `make lock` from pyproject.toml. Do not edit by hand.\n"
CONDA = """\
# Written by `make lock`: the pins of requirements.lock for users of conda.
#   conda env create -f environment.yml && conda activate seqbench && snakemake
name: seqbench
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def closure(wanted: list[str]) -> dict[str, str]:
    """Name -> version of everything that the wanted requirements bring along."""
    versions: dict[str, str] = {}
    waiting = [(Requirement(text), {""}) for text in wanted]
    while waiting:
        requirement, extras = waiting.pop()
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras):
            continue
        name = canonicalize_name(requirement.name)
        if name in versions and not requirement.extras:
            continue
        package = distribution(name)
        versions[name] = package.version.partition("+")[0]
        inner = requirement.extras | {""}
        waiting += [(Requirement(text), inner) for text in package.requires or ()]
    return dict(sorted(versions.items()))


def pins(versions: dict[str, str]) -> list[str]:
    """The lines of a lock file."""
    return [f"{name}=={version}" for name, version in versions.items()]


def main() -> None:
    """Write the three files."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    main_ = closure([*project["dependencies"], "setuptools"])  # setuptools installs seqbench
    test = closure(project["optional-dependencies"]["test"])
    extra = {name: version for name, version in test.items() if name not in main_}
    Path("requirements.lock").write_text(HEAD + "\n".join(pins(main_)) + "\n")
    Path("requirements-test.lock").write_text(HEAD + "\n".join(pins(extra)) + "\n")
    Path("environment.yml").write_text(CONDA + "".join(f"      - {pin}\n" for pin in pins(main_)))


if __name__ == "__main__":
    main()
