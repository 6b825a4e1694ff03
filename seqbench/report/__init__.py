"""Tables and figures -> one HTML file and one PDF, with the same numbers."""

from pathlib import Path


def build(matrix_path: Path, results: Path, report: Path) -> None:
    """Write `report`.html and `report`.pdf from an analyzed (and drawn) results folder.

    Raises:
        InputError: the results were not collected and analyzed yet.
    """
    from seqbench.files import atomic_write, make_room
    from seqbench.report import content
    from seqbench.report.editions import html, pdf
    from seqbench.results import load

    dictionary = content.build(load(results), matrix_path, results)
    figures = results / "figures"
    page, paper = html.render(dictionary, figures).encode(), pdf.render(dictionary, figures)
    for kind, data in (("html", page), ("pdf", paper)):
        make_room(Path(f"{report}.{kind}"))
        atomic_write(Path(f"{report}.{kind}"), data)
