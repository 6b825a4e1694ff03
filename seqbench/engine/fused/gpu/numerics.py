"""Elementary functions in Triton: those of ../numerics.py, formula by formula.

Triton's own `exp` and division are approximations of the hardware's; these are not, so that the
numbers on a GPU are those on a processor to the last digits. NaN for NaN, as there.
"""

from seqbench.engine.fused.numerics import POINT as IN_C

SOURCE = '''
@triton.jit
def to_bits(x):
    return x.to(tl.int32, bitcast=True)


@triton.jit
def from_bits(i):
    return i.to(tl.float32, bitcast=True)


@triton.jit
def power2(n):
    return from_bits((n + 127) << 23)  # 128: infinity


@triton.jit
def whole(x):
    """n and r of x = n ln 2 + r; adding 1.5 * 2^23 rounds, ln 2 is in two parts"""
    n = x * 1.44269504 + 12582912.0
    r = x - (n - 12582912.0) * 0.693145752
    return to_bits(n) - 0x4B400000, r - (n - 12582912.0) * 1.42860677e-6


@triton.jit
def less1(r):
    """exp(r) - 1 for |r| <= ln 2 / 2"""
    s = 1 / 24.0 + r * (1 / 120.0 + r * (1 / 720.0 + r * (1 / 5040.0)))
    return r * (1.0 + r * (1 / 2.0 + r * (1 / 6.0 + r * s)))


@triton.jit
def f_exp(x):
    x = tl.where(x > 89.0, 89.0, x)
    x = tl.where(x < -104.0, -104.0, x)
    n, r = whole(x)
    half = n >> 1
    return (1.0 + less1(r)) * power2(half) * power2(n - half)


@triton.jit
def f_sigmoid(x):
    x = tl.where(x > 87.0, 87.0, x)
    x = tl.where(x < -88.7, -88.7, x)
    n, r = whole(-x)
    return tl.div_rn(1.0, 1.0 + (1.0 + less1(r)) * power2(n))


@triton.jit
def f_tanh(x):
    y = 2.0 * tl.abs(x)
    n, r = whole(tl.where(y > 20.0, 20.0, y))
    t = less1(r) * power2(n) + (power2(n) - 1.0)
    y = tl.div_rn(t, t + 2.0)
    return tl.where(x < 0.0, -y, y)


@triton.jit
def f_expm1(x):
    y = tl.where(x > 1.0, 1.0, x)
    n, r = whole(tl.where(y < -20.0, -20.0, y))
    near = less1(r) * power2(n) + (power2(n) - 1.0)
    return tl.where(x > 1.0, f_exp(x) - 1.0, near)


@triton.jit
def f_log(x):
    tiny = x < 1.17549435e-38
    y = tl.where(tiny, x * 33554432.0, x)
    n = (to_bits(y) - 0x3F3504F3) >> 23
    m = from_bits(to_bits(y) - (n << 23))
    s = tl.div_rn(m - 1.0, m + 1.0)
    q = s * s
    near = 2.0 * s + 2.0 * s * q * (1 / 3.0 + q * (1 / 5.0 + q * (1 / 7.0 + q * (1 / 9.0))))
    e = (n - tl.where(tiny, 25, 0)).to(tl.float32)
    y = e * 0.693145752 + (e * 1.42860677e-6 + near)
    y = tl.where(x == float("inf"), x, y)
    y = tl.where(x == 0.0, float("-inf"), y)
    return tl.where(x >= 0.0, y, float("nan"))


@triton.jit
def f_log1p(x):
    u = 1.0 + x
    y = f_log(u) * tl.div_rn(x, tl.where(u == 1.0, 1.0, u - 1.0))
    y = tl.where(u == 1.0, x, y)
    return tl.where(u == float("inf"), u, y)


@triton.jit
def f_maximum(a, b):
    return tl.where((a > b) | (a != a), a, b)


@triton.jit
def f_minimum(a, b):
    return tl.where((a < b) | (a != a), a, b)


@triton.jit
def f_remainder(a, b):
    y = tl.fma(-tl.floor(tl.div_rn(a, b)), b, a)  # the quotient may be rounded up: one too large
    return tl.where((y != 0.0) & ((y < 0.0) != (b < 0.0)), y + b, y)


@triton.jit
def f_pow(a, b):
    """a ** b through the logarithm: good to 1e-7 times its size; a < 0 wants a whole b"""
    y = f_exp(b * f_log(tl.abs(a)))
    odd = tl.floor(b * 0.5) * 2.0 != b
    y = tl.where((a < 0.0) & odd, -y, y)
    y = tl.where((a < 0.0) & (tl.floor(b) != b), float("nan"), y)
    return tl.where(b == 0.0, 1.0, y)
'''

CHOSEN = ("eq", "ne", "lt", "le", "gt", "ge")  # in C these are numbers already
OPERATORS = ("neg", "copy", "add", "sub", "mul")
POINT = {name: IN_C[name] for name in OPERATORS} | {
    **{name: f"tl.where({IN_C[name]}, 1.0, 0.0)" for name in CHOSEN},
    **{
        name: f"f_{name}({', '.join(places)})"
        for names, places in (
            (("exp", "sigmoid", "tanh", "expm1", "log", "log1p"), ["{0}"]),
            (("maximum", "minimum", "remainder", "pow"), ["{0}", "{1}"]),
        )
        for name in names
    },
    **{name: f"tl.{name}({{0}})" for name in ("abs", "floor", "sin", "cos", "erf")},
    "sqrt": "tl.sqrt_rn({0})",
    "rsqrt": "tl.div_rn(1.0, tl.sqrt_rn({0}))",
    "div": "tl.div_rn({0}, {1})",
    "reciprocal": "tl.div_rn(1.0, {0})",
    "relu": "tl.where({0} < 0.0, 0.0, {0})",
    "sign": "tl.where({0} > 0.0, 1.0, 0.0) - tl.where({0} < 0.0, 1.0, 0.0)",
    "where": "tl.where({0} != 0.0, {1}, {2})",
    "logical_and": "tl.where(({0} != 0.0) & ({1} != 0.0), 1.0, 0.0)",
    "logical_or": "tl.where(({0} != 0.0) | ({1} != 0.0), 1.0, 0.0)",
    "logical_not": "tl.where({0} == 0.0, 1.0, 0.0)",
}


def literal(number: float) -> str:
    """A number as Triton writes it, exactly."""
    if number != number or number in (float("inf"), float("-inf")):
        return f'float("{number}")'
    return f"({number!r})" if number < 0 else repr(number)
