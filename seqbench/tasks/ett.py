"""Transformer temperature (ETTh): 7 variables of a power grid, the next day hour by hour.

    step        0     1    ...   95  |  hours to come
    input      h-96  h-95  ...  h-1  |                    7 loads and temperatures, standardized
    asked                        x   |  h, h+1 ... h+23   all 7 variables at all 24 hours: O = 168

Asked is everything at once, from the last state. Score: mean squared error of standardized values
(mean absolute error besides), statistics from train alone. Chance: the last values said again
(persistence), or the best constant where that is better (.757). Solved: a linear map from each
variable's own window to its future, fitted on train (Zeng et al. 2023 show how strong that is).
Split as Informer's: 12, 4 and 4 months of 30 days; the first windows of valid and test look back
into the part before, as there; what is asked never does. `every` thins train and valid, never test.
Published (7 variables, 24 hours, MSE): Informer 0.577, LSTM with attention 0.650 [M]; zhou2021
Not univariate: `variables: OT` is, as the literature has it, one oil temperature in and out.
Our deviation: Informer also sees the hour and the date, and leaves out its last odd test batch.
Source: zhou2021, zeng2023
"""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.data.sets import ett
from seqbench.errors import InputError
from seqbench.knobs import Size
from seqbench.task import Batch, IoShape, Regression, Splits, weighted_mean
from seqbench.tasks._forecast import direct


@dataclass(frozen=True, kw_only=True)
class Ett(Regression):
    io_shape: ClassVar[IoShape] = "many_to_one"
    open_ended: ClassVar[bool] = True
    past_only: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ("ett",)

    station: Literal["ETTh1", "ETTh2"] = "ETTh1"
    variables: Literal["all", "OT"] = "all"
    past: Size = 96
    horizon: Size = 24
    every: Size = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        part = ett.BORDERS[2] - ett.BORDERS[1]
        if self.horizon > part or self.past + self.horizon > ett.BORDERS[1]:
            raise InputError(
                f"Ett: past is {self.past} and horizon {self.horizon}. Allowed: a horizon of up to "
                f"{part} hours, both together up to {ett.BORDERS[1]}. Change one of them."
            )

    @property
    def inputs(self) -> int:
        return len(ett.VARIABLES) if self.variables == "all" else 1

    @property
    def outputs(self) -> int:
        return self.horizon * self.inputs

    @property
    def lag(self) -> int:
        return self.past - 1

    @property
    def chance(self) -> float:
        return ett.naive_error(self.station, self.variables, self.past, self.horizon)

    @property
    def pass_mark(self) -> float:
        return ett.linear_error(self.station, self.variables, self.past, self.horizon)

    def splits(self) -> Splits:
        return _splits(self.station, self.variables, self.past, self.horizon, self.every)

    def measures(self, outputs: Tensor, batch: Batch) -> Tensors:
        return {"mae": weighted_mean((outputs - batch.y).abs().mean(-1), batch.mask)}


@cache
def _splits(station: str, variables: str, past: int, horizon: int, every: int) -> Splits:
    thinned = (every, every, 1)
    parts = (ett.part(station, variables, n, past, horizon, thinned[n]) for n in range(3))
    return Splits(*(direct(part.x, part.y) for part in parts))
