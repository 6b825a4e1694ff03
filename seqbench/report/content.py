"""Everything the report says, once, as one dictionary of text: HTML and PDF print the same one.

Text between backticks is code. Nothing here is markup, so nothing in a table can become any.
"""

from pathlib import Path

from seqbench import __version__, matrix
from seqbench.analysis.tidy import Tables
from seqbench.report import (
    bibliography,
    chapters,
    cited,
    facts,
    frame,
    illustrations,
    prose,
    provenance,
)
from seqbench.report.cards import variants
from seqbench.report.chapter import Content
from seqbench.report.first_page import answer, limits, missing, training
from seqbench.report.task_pages import pages, runs


def build(tables: Tables, matrix_path: Path, results: Path) -> Content:
    """The dictionary. Every value is text, a number, a list or a dictionary of these.

    Raises:
        InputError: the matrix is not one, or the figures are not what was drawn.
    """
    file, folder = facts.shown(matrix_path), facts.shown(results)
    tables = facts.without_places(tables, results)
    first = answer.first(tables)
    said = [*first, *answer.more(tables)]
    figures = illustrations.gather(results, file)
    told = {
        name: chapter
        for name, chapter in chapters.gather(tables).items()
        if chapter["words"] or chapter["tables"] or figures[name]
    }
    return {
        "title": matrix.read(matrix_path).name,
        "empty": facts.trial_count(tables.trials) == 0,
        "version": __version__,
        "sections": frame.SECTIONS,
        "question": prose.paragraphs("question")[0],
        "introduction": prose.introduction(),
        "answer": [one.words for one in said],
        "leads": [one.lead for one in said],
        "first": len(first),
        "failures": training.failures(tables),
        "missing": missing.gather(tables.trials),
        "run": facts.run_facts(tables),
        "methods": [*prose.paragraphs("methods"), training.setting(tables)],
        "limits": limits.gather(tables),
        "chapters": told,
        "figures": figures,
        "tasks": pages.gather(tables),
        "folded": pages.folded(tables),
        "unprinted": pages.unprinted(tables, folder),
        "runs": runs.gather(tables, file, folder),
        "cells": variants.gather(tables, "cells"),
        "remedies": variants.gather(tables, "remedies"),
        "provenance": provenance.gather(tables, matrix_path, results),
        "glossary": prose.glossary(),
        "references": bibliography.references(
            cited.keys(tables, [key for chapter in told.values() for key in chapter["sources"]]),
            bibliography.entries(),
        ),
    }
