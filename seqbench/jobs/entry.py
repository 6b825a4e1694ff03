"""What a record of the store has to be, so that rows can be made of it."""

from functools import cache

from pydantic import BaseModel, ConfigDict, create_model

from seqbench.records import COST, OUTCOME, Columns

STRICT = ConfigDict(strict=True, extra="forbid")
_PYTHON: dict[str, type] = {"string": str, "double": float, "int64": int, "bool": bool}
Number = float | None
Count = int | None


def check(content: bytes) -> None:
    """Refuse a record whose fields, columns or types are not those of this version.

    Raises:
        ValueError: it is such a record, or no JSON.
    """
    _record().model_validate_json(content)


@cache
def _record() -> type[BaseModel]:
    return create_model(
        "Record",
        __config__=STRICT,
        trial=(_row("Trial", OUTCOME), ...),
        curves=(list[tuple[int, str, str, Number]], ...),
        flow=(list[tuple[int, list[Number]]], ...),
        cost=(_row("Cost", COST), ...),
        samples=(list[str], ...),
        further=(dict[str, tuple[Number, Number, bool]], ...),
        parallel=(dict[str, tuple[Number, Count, Count]], ...),
        hung=(Number, ...),
    )


def _row(name: str, columns: Columns) -> type[BaseModel]:
    fields = {key: (_PYTHON[str(kind)] | None, ...) for key, (kind, _) in columns.items()}
    return create_model(name, __config__=STRICT, **fields)  # type: ignore[call-overload]
