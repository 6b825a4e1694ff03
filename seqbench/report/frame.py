"""The sections around the chapters: what page and paper call them, and say first in them."""

Section = dict[str, str]


def section(title: str, short: str = "", intro: str = "", absent: str = "") -> Section:
    """A section of page and paper.

    short:  its name in the page's navigation; "" where it is not there.
    absent: what is said where there is nothing to show.
    """
    return {"title": title, "short": short, "intro": intro, "absent": absent}


SECTIONS = {
    "answer": section(
        "The answer at a glance",
        "Answer",
        "Skill is 0 at chance and 1 at perfect. Numbers in brackets are 95 % intervals; with few "
        "seeds they are wide and may pass 1.",
        "The overview was not drawn.",
    ),
    "run": section("What was run", absent="Nothing was run: the tables are empty."),
    "methods": section("Methods: how it was measured"),
    "limits": section("Limits: what this run cannot say"),
    "tasks": section(
        "Task by task",
        "Tasks",
        "Each task is drawn with time from left to right. The tables give, per cell, the test "
        "skill without a remedy and with the remedy that had the best validation score.",
        "No task was run.",
    ),
    "remedies": section(
        "The remedies",
        "Remedies",
        "Effects are paired differences of skill against `none`, over the tasks whose answer lies "
        "in the past.",
    ),
    "cells": section(
        "The cells",
        "Cells",
        "Skill and tolerance are those without a remedy, over the tasks whose answer lies in the "
        "past.",
    ),
    "provenance": section("Provenance", "Provenance"),
    "reproduce": section("How to reproduce a number"),
    "versions": section("Versions and hardware"),
    "holes": section("", absent="Nothing failed, and everything applies."),
    "matrix": section("The matrix"),
    "glossary": section("Glossary"),
    "references": section(
        "References", "References", absent="Nothing was run, so nothing is cited."
    ),
}
FIGURES = ("answer", "tasks")  # those that have figures
