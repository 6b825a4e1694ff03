"""The matrix's name is the title of page and paper, whatever it says."""

import html as markup
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench.report import content
from seqbench.report.editions import html, pdf
from seqbench.results import load

NAMES = {
    "one letter": "x",
    "one long word": "W" * 80,
    "many words": "word " * 15 + "ended",
    "markup": "<b>bold</b> $x$ #import \"a\" `code` {{ 7 * 7 }} \\& _i_ *b* @ref ~ </title>",
}  # fmt: skip
Made = Callable[..., Path]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
@pytest.mark.parametrize("kind", NAMES)
def test_the_name_is_the_title(made: Made, tmp_path: Path, kind: str) -> None:
    name = NAMES[kind]
    assert len(name) <= 80
    matrix = tmp_path / "m.yaml"
    lists = "tasks: {adding: }\ncells: {rnn: }\nremedies: {none: }\n"
    matrix.write_text(f"name: {json.dumps(name)}\n{lists}")
    run = made(tmp_path / "run", tasks=["adding"], cells=["rnn"], remedies=["none"])
    said = content.build(load(run), matrix, run)

    page = html.render(said, run / "figures")
    for pattern, title in (("title", f"{name}: seqbench report"), ("h1", name)):
        assert [markup.unescape(t) for t in re.findall(f"<{pattern}>(.*?)</", page)] == [title]

    (tmp_path / "page.pdf").write_bytes(pdf.render(said, run / "figures"))
    assert f"Title:           {name}\n" in words("pdfinfo", tmp_path / "page.pdf")
    first = re.sub(r"[\s\u200b]", "", words("pdftotext", "-l", "1", tmp_path / "page.pdf", "-"))
    assert first.startswith(re.sub(r"\s", "", name) + "seqbench")


def words(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout
