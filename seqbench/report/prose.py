"""What the report says whatever was run: the texts in reports/prose."""

from seqbench.report import bibliography, facts

HOME = facts.ROOT / "reports"


def paragraphs(name: str) -> list[str]:
    """The paragraphs of a file in reports/prose."""
    text = (HOME / "prose" / f"{name}.txt").read_text(encoding="utf-8")
    return [" ".join(part.split()) for part in text.split("\n\n")]


def introduction() -> list[str]:
    """The paragraphs of the introduction, with its sources named as a text names them."""
    entries = bibliography.entries()
    return [bibliography.labeled(part, entries) for part in paragraphs("introduction")]


def glossary() -> list[facts.Fact]:
    """Terms and abbreviations."""
    lines = (HOME / "prose" / "glossary.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(": ") for line in lines if line]
    return [{"label": term, "value": meaning} for term, _, meaning in pairs]
