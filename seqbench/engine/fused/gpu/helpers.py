"""What the pieces of a kernel call: products, and the limits of what is handed back; in Triton."""

SOURCE = '''
@triton.jit
def dot(c, a, b, i, j, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, DEPTH: tl.constexpr,
        AI: tl.constexpr, AK: tl.constexpr, BK: tl.constexpr, BJ: tl.constexpr):
    """c + a @ b, for rows i of M, columns j of N; strides AI, AK of a and BK, BJ of b"""
    for start in range(0, K, DEPTH):
        k = start + tl.arange(0, DEPTH)
        at = a + i[:, None] * AI + k[None, :] * AK
        left = tl.load(at, mask=(i[:, None] < M) & (k[None, :] < K), other=0.0)
        at = b + k[:, None] * BK + j[None, :] * BJ
        right = tl.load(at, mask=(k[:, None] < K) & (j[None, :] < N), other=0.0)
        c = tl.dot(left, right, c, input_precision="ieee")
    return c


@triton.jit
def thin(c, a, b, i, j, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr, DEPTH: tl.constexpr,
         AI: tl.constexpr, AK: tl.constexpr, BK: tl.constexpr, BJ: tl.constexpr):
    """The same, one column of a and one row of b at a time"""
    for k in tl.static_range(K):
        left = tl.load(a + i * AI + k * AK, mask=i < M, other=0.0)
        right = tl.load(b + k * BK + j * BJ, mask=j < N, other=0.0)
        c += left[:, None] * right[None, :]
    return c


@triton.jit
def most(x):
    """The largest of every row, NaN where there is one"""
    return tl.max(x, 1) + tl.sum(tl.where(x != x, x, 0.0), 1)


@triton.jit
def squared(d, N: tl.constexpr, BLOCK: tl.constexpr):
    """The sum of N squares, in float64: an explosion does not overflow"""
    total = tl.zeros((BLOCK,), tl.float64)
    for start in range(0, N, BLOCK):
        n = start + tl.arange(0, BLOCK)
        number = tl.load(d + n, mask=n < N, other=0.0).to(tl.float64)
        total += number * number
    return tl.sum(total, 0)


@triton.jit
def shorten(d, square, limit, N: tl.constexpr, BLOCK: tl.constexpr):
    """d min(1, limit / its length); a limit of 0 cuts, an infinite one changes nothing"""
    least = limit.to(tl.float64) * limit.to(tl.float64)
    factor = (limit / tl.sqrt(tl.where(square < least, least, square))).to(tl.float32)
    for start in range(0, N, BLOCK):
        n = start + tl.arange(0, BLOCK)
        number = tl.load(d + n, mask=n < N, other=0.0)
        shorter = tl.where(limit == 0.0, 0.0, number * factor)
        tl.store(d + n, tl.where(limit < float("inf"), shorter, number), mask=n < N)
'''
