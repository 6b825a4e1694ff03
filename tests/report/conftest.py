"""Small made-up results, collected, analyzed and with two stand-ins for drawings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.reported import make


@pytest.fixture(scope="session")
def made() -> Callable[..., Path]:
    return make


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(
        tmp_path_factory.mktemp("results"),
        tasks=("adding", "copy", "digits_image"),
        cells=("memoryless", "rnn", "lstm"),
        remedies=("none", "clip_norm", "truncate", "forget_bias", "clip_norm+orthogonal"),
    )


@pytest.fixture(scope="session")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("matrix") / "matrix.yaml"
    path.write_text(
        "name: Made-up results\ntasks: {adding: }  # <script>alert(1)</script>\n"
        "cells: {rnn: }\nremedies: {none: }\n"
    )
    return path
