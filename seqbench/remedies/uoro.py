"""Unbiased online recurrent optimization (UORO)

    s~ <- rho_0 A_t s~ + rho_1 nu,  w~ <- w~ / rho_0 + nu' B_t / rho_1      nu: random signs
    rho_0 = sqrt(||w~|| / ||A_t s~||),  rho_1 = sqrt(||nu' B_t|| / ||nu||)
    g = sum over t of (dL/dh_t of step t alone . s~) w~

Gradient: on average that of back-propagation through time, as s~ w~' is on average the influence J;
one draw is that plus noise, which grows with the number of units and of steps.
Not a truncation: nothing is left out, all is blurred. Every sequence draws its own signs.
Source: tallec2018b
"""

from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.remedies._influence import (
    ByInfluence,
    named,
    of_start,
    products,
    side_by_side,
    sizes,
)
from seqbench.remedy import At, Rollout

LEAST = 1e-20  # a norm: what is 0 stays 0


@dataclass(frozen=True, kw_only=True)
class Uoro(ByInfluence):
    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        along = side_by_side(rollout.states[0]) * 0  # s~, (..., B, n)
        shape = along.shape[-2:]
        nu = 2.0 * (at.noise.uniform(len(rollout.states) - 1, *shape) >= 0.5).to(along) - 1
        by_weight = total = along[..., :1] * 0  # w~, (..., B, P)
        if (first := of_start(at.cell, rollout)) is not None:  # J_0 is nu nu' J_0 on average
            along = 2.0 * (at.noise.uniform(*shape) >= 0.5).to(along) - 1
            by_weight = (along.unsqueeze(-2) @ first).squeeze(-2)
        for t, x in enumerate(rollout.x.unbind(-3)):
            drawn = nu[..., t, :, :]
            moved, fed = products(at.cell, rollout, t, x, along, drawn)
            old, new = _ratio(by_weight, moved), _ratio(fed, drawn)
            along = old * moved + new * drawn
            by_weight = by_weight / old + fed / new
            pull = (rollout.credit[..., t, :, :] * along[..., : rollout.credit.shape[-1]]).sum(-1)
            total = total + pull[..., None] * by_weight
        return named(total.sum(-2), rollout.params)

    def kept(self, rollout: Rollout, at: At) -> float:
        return sum(sizes(at.cell, rollout))  # s~ and w~


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """The root of a quotient of norms: (..., B, p), (..., B, q) -> (..., B, 1)"""
    norms = (part.norm(dim=-1, keepdim=True).clamp(min=LEAST) for part in (above, below))
    return (next(norms) / next(norms)).sqrt()
