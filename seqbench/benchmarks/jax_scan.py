"""JAX (Bradbury et al. 2018), if it is installed: an LSTM by lax.scan, compiled.

One network at a time, or many side by side by vmap, on the device of the inputs.
"""

from importlib import import_module
from typing import Any

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.benchmarks.measure import Contender

ONE = "JAX scan"
MANY = "JAX vmap of the scan"


def _library() -> Any:
    """JAX, which computes at once when it is called.

    By default it tidies up in a thread of its own when a processor's answer is there: a tenth of a
    mapped scan, for which the next contender would pay.
    """
    jax = import_module("jax")
    jax.config.update("jax_cpu_enable_async_dispatch", False)
    return jax


def one(params: Tensors, x: Tensor) -> Contender:
    """The first network alone. x: (S, T, B, I)"""
    jax = _library()
    first = {name: weight[0] for name, weight in params.items()}
    return _contender(ONE, jax, jax.value_and_grad(_loss), first, x[0])


def many(params: Tensors, x: Tensor) -> Contender:
    """All networks at once. x: (S, T, B, I)"""
    jax = _library()
    return _contender(MANY, jax, jax.vmap(jax.value_and_grad(_loss)), params, x)


def _loss(params: dict[str, Any], x: Any) -> Any:
    """Mean state of one network, of JAX's arrays. x: (T, B, I)

    One product for inputs and state, the fastest way: apart they take 1.1 times as long, with the
    inputs' made ahead for all steps 1.3 times, 1.6 when mapped.
    """
    jax = import_module("jax")
    sigmoid, tanh, concatenate = jax.nn.sigmoid, jax.numpy.tanh, jax.numpy.concatenate
    W, U, b = (params[name] for name in "WUb")

    def step(state: tuple[Any, Any], x_t: Any) -> tuple[tuple[Any, Any], Any]:
        h, c = state
        blocks = concatenate([x_t, h], -1) @ concatenate([W.T, U.T]) + b
        i, f, g, o = jax.numpy.split(blocks, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return (h, c), h

    start = jax.numpy.zeros((x.shape[1], U.shape[-1]))
    return jax.lax.scan(step, (start, start), x)[1].mean()


def _contender(name: str, jax: Any, gradient: Any, params: Tensors, x: Tensor) -> Contender:
    device = jax.devices(x.device.type)[0]
    weights = {name: params[name].numpy(force=True) for name in "WUb"}
    given = jax.device_put((weights, x.numpy(force=True)), device)
    compiled = jax.jit(gradient)

    def run() -> list[Any]:
        losses, grads = jax.block_until_ready(compiled(*given))
        return [losses, *(grads[name] for name in "WUb")]

    return Contender(name, run, x.shape[:-2].numel())
