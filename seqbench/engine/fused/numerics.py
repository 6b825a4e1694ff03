"""Elementary functions in C that a compiler can work on many numbers at once.

exp      x = n ln 2 + r, |r| <= ln 2 / 2; Taylor series for exp(r); times 2^n through the exponent
log      x = 2^n m, m near 1; log m = 2 artanh(s), s = (m - 1) / (m + 1), as a series
tanh     t / (t + 2), t = exp(2 |x|) - 1 without cancellation, and the sign of x

Relative error about 1e-7, NaN for NaN, exact at 0 and at both infinities. No branches: every
choice is a selection, so that loops become vector code. Rare ones are the C library's.
"""

SOURCE = r"""
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE float from_bits(int32_t i) { float x; memcpy(&x, &i, 4); return x; }
INLINE int32_t to_bits(float x) { int32_t i; memcpy(&i, &x, 4); return i; }

#define SHIFT 12582912.0f                  /* 1.5 * 2^23: adding it rounds to a whole number */
#define SERIES(r) /* (exp(r) - 1) / r */ \
  (1 + r * (1/2.f + r * (1/6.f + r * (1/24.f + r * (1/120.f + r * (1/720.f + r * (1/5040.f)))))))

typedef struct { float r; int32_t n; } Parts;    /* x = n ln 2 + r */

INLINE Parts parts(float x) {
  float whole = x * 1.44269504f + SHIFT, n = whole - SHIFT;
  float r = x - n * 0.693145752f;                /* ln 2 in two parts: the first has few digits */
  return (Parts){r - n * 1.42860677e-6f, to_bits(whole) - to_bits(SHIFT)};
}
INLINE float power2(int32_t n) { return from_bits((n + 127) << 23); }    /* 128: infinity */

INLINE float f_exp(float x) {
  x = x > 89.0f ? 89.0f : x; x = x < -104.0f ? -104.0f : x;
  Parts p = parts(x); int32_t half = p.n >> 1;
  return (1 + p.r * SERIES(p.r)) * power2(half) * power2(p.n - half);
}
INLINE float f_sigmoid(float x) {                /* one power of 2: what it misses, 1 + hides */
  x = x > 87.0f ? 87.0f : x; x = x < -88.7f ? -88.7f : x;
  Parts p = parts(-x);
  return 1 / (1 + (1 + p.r * SERIES(p.r)) * power2(p.n));
}
INLINE float f_tanh(float x) {
  float y = 2 * fabsf(x); y = y > 20.0f ? 20.0f : y;
  Parts p = parts(y); float scale = power2(p.n);
  float t = p.r * SERIES(p.r) * scale + (scale - 1);
  return copysignf(t / (t + 2), x);
}
INLINE float f_expm1(float x) {
  float y = x > 1 ? 1 : x; y = y < -20.0f ? -20.0f : y;
  Parts p = parts(y); float scale = power2(p.n);
  float near = p.r * SERIES(p.r) * scale + (scale - 1);
  return x > 1 ? f_exp(x) - 1 : near;
}
INLINE float f_log(float x) {
  int tiny = x < 1.17549435e-38f; float y = tiny ? x * 33554432.0f : x;    /* 2^25 */
  int32_t n = (to_bits(y) - to_bits(0.707106781f)) >> 23;
  float m = from_bits(to_bits(y) - n * (1 << 23)), s = (m - 1) / (m + 1), q = s * s;
  float near = 2 * s + 2 * s * q * (1/3.f + q * (1/5.f + q * (1/7.f + q * (1/9.f))));
  float e = (float)(n - (tiny ? 25 : 0));
  float y_log = e * 0.693145752f + (e * 1.42860677e-6f + near);
  y_log = x == INFINITY ? INFINITY : y_log; y_log = x == 0 ? -INFINITY : y_log;
  return x >= 0 ? y_log : NAN;
}
INLINE float f_log1p(float x) {
  float u = 1 + x, y = f_log(u) * (x / (u - 1));
  y = u == 1 ? x : y; return u == INFINITY ? u : y;
}
INLINE float f_maximum(float a, float b) { float y = a > b ? a : b; return a != a ? a : y; }
INLINE float f_minimum(float a, float b) { float y = a < b ? a : b; return a != a ? a : y; }
INLINE float f_sign(float x) { return (x > 0 ? 1.0f : 0.0f) - (x < 0 ? 1.0f : 0.0f); }
INLINE float f_remainder(float a, float b) {
  float y = fmodf(a, b); return y != 0 && (y < 0) != (b < 0) ? y + b : y;
}
INLINE double squared(const float *x, int size) {
  double all = 0; for (int n = 0; n < size; n++) all += (double)x[n] * x[n]; return all;
}
INLINE float shortened(double squares, double limit) {   /* NaN stays NaN */
  return squares <= limit * limit ? 1 : limit / sqrt(squares);
}

#ifdef __clang__                               /* what is written is never read in the same loop */
#define EACH _Pragma("clang loop vectorize(assume_safety)")
#else
#define EACH _Pragma("GCC ivdep")
#endif
typedef float V1;
typedef float V4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float V8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float V16 __attribute__((vector_size(64), aligned(4), may_alias));
"""

POINT = {
    "copy": "{0}", "neg": "-{0}", "add": "{0} + {1}", "sub": "{0} - {1}", "mul": "{0} * {1}",
    "div": "{0} / {1}", "reciprocal": "1 / {0}", "relu": "{0} < 0 ? 0 : {0}",
    "abs": "fabsf({0})", "sqrt": "sqrtf({0})", "rsqrt": "1 / sqrtf({0})", "floor": "floorf({0})",
    "sin": "sinf({0})", "cos": "cosf({0})", "erf": "erff({0})", "pow": "powf({0}, {1})",
    "where": "{0} != 0 ? {1} : {2}", "eq": "{0} == {1}", "ne": "{0} != {1}", "lt": "{0} < {1}",
    "le": "{0} <= {1}", "gt": "{0} > {1}", "ge": "{0} >= {1}",
    "logical_and": "{0} != 0 && {1} != 0", "logical_or": "{0} != 0 || {1} != 0",
    "logical_not": "{0} == 0",
} | {
    name: f"f_{name}({{0}})" for name in ("exp", "sigmoid", "tanh", "expm1", "log", "log1p", "sign")
} | {name: f"f_{name}({{0}}, {{1}})" for name in ("maximum", "minimum", "remainder")}  # fmt: skip
CALLS = {"sin", "cos", "erf", "pow", "remainder"}  # of the C library: a loop of their own
COSTLY = CALLS | {"exp", "sigmoid", "tanh", "expm1", "log", "log1p", "div", "sqrt", "rsqrt"}


def literal(number: float) -> str:
    """A number as C writes it, exactly."""
    if number != number:
        return "NAN"
    if number in (float("inf"), float("-inf")):
        return "INFINITY" if number > 0 else "(-INFINITY)"
    return f"({number.hex()}f)" if number < 0 else f"{number.hex()}f"
