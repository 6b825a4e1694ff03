"""Tables that come inside installed packages, read from their files without an import."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seqbench.errors import InputError, MissingData


def file_of(module: str, inside: str, package: str) -> Path:
    """The path of a file that a package brings; the package itself stays unimported.

    Raises:
        MissingData: the package or its file is absent; names the command that installs it.
    """
    spec = find_spec(module)
    folders = (spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (file := Path(folder) / inside).is_file():
            return file
    raise MissingData(
        f"{package}: its file {inside} is not on this machine. Allowed: an installed {package}. "
        f"Run `python -m pip install {package}`."
    )


def table(module: str, inside: str, package: str, header: int = 0) -> NDArray[np.float64]:
    """The numbers of a comma-separated file (perhaps gzipped) inside a package.

    Raises:
        MissingData: as `file_of`.
        InputError: the file is there, but it is damaged.
    """
    file = file_of(module, inside, package)
    try:
        return np.loadtxt(file, delimiter=",", skiprows=header, dtype=np.float64, ndmin=2)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(
            f"{package}: its file {inside} cannot be read ({error}). Allowed: the file as it was "
            f"installed. Run `python -m pip install --force-reinstall {package}`."
        ) from error
