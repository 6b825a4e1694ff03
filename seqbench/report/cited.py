"""Which sources the report cites: those of everything that was run, and of the methods used."""

from collections.abc import Iterable

from seqbench.analysis.tidy import Tables
from seqbench.report import prose
from seqbench.report.bibliography import KEY
from seqbench.report.cards import cards

METHODS = (  # cited by the analysis itself
    "wilson1927", "holm1979", "agarwal2021", "satterthwaite1946", "tukey1963", "delong1988",
    "newcombe2006", "mann1947", "friedman1937", "demsar2006", "kaplan1958", "mantel1966",
    "dodge2019", "fisher1925", "olejnik2003", "efron1981", "searle1992",
)  # fmt: skip
TRAINERS = {"rmsprop": "tieleman2012", "adam": "kingma2015"}


def keys(tables: Tables, chapters: Iterable[str]) -> list[str]:
    """The bibliography keys. chapters: those that the chapters cite."""
    trials = tables.trials
    keys = [*METHODS, *chapters] if len(trials) else [*chapters]
    keys += [key for part in prose.paragraphs("introduction") for key in KEY.findall(part)]
    keys += [TRAINERS[name] for name in sorted(set(trials.optimizer)) if name in TRAINERS]
    for kind, column in (("tasks", "task"), ("cells", "cell"), ("remedies", "remedy")):
        for name in sorted(set(trials[column])):
            keys += cards.sources(kind, name)
    return keys
