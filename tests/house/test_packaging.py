"""One set of versions, written in three files."""

import re
import tomllib
from importlib.metadata import version

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.places import HOME

PROJECT = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, str]:
    lines = [line for line in (HOME / name).read_text().splitlines() if line[:1] not in "#"]
    return dict(line.split("==") for line in lines)


def test_conda_users_get_the_same_versions() -> None:
    environment = yaml.safe_load((HOME / "environment.yml").read_text())
    python, _, pip = environment["dependencies"]
    assert python == "python=3.11"
    assert dict(line.split("==") for line in pip["pip"]) == pins("requirements.lock")


def test_every_dependency_is_pinned_within_its_range() -> None:
    tests = PROJECT["optional-dependencies"]["test"]
    locked = pins("requirements.lock")
    for wanted, known in (
        (PROJECT["dependencies"], locked),
        (tests, locked | pins("requirements-test.lock")),
    ):
        for requirement in map(Requirement, wanted):
            pinned = known[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(pinned), f"{requirement}: {pinned}"


def test_the_two_locks_share_nothing() -> None:
    assert not pins("requirements.lock").keys() & pins("requirements-test.lock").keys()


def test_the_environment_is_the_locked_one() -> None:
    locked = pins("requirements.lock") | pins("requirements-test.lock")
    differing = {
        name: (pinned, version(name))
        for name, pinned in locked.items()
        if version(name).partition("+")[0] != pinned
    }
    assert not differing, "Install anew: make lint"


def test_no_pin_names_a_machine() -> None:
    for name in ("requirements.lock", "requirements-test.lock", "environment.yml"):
        text = (HOME / name).read_text()
        assert not re.search(r"\+cpu|\+cu|@ |file:|http", text), name
