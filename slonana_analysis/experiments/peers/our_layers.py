"""Our own dense kernels as variants: the baseline of the cases with layers."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.experiments.peers.work import checked_output, from_python
from slonana_analysis.kernels.models.model import Mlp
from slonana_analysis.kernels.vector.dense import dense_packed_rows
from slonana_analysis.kernels.vector.dense_packing import pack_layer
from slonana_analysis.kernels.vector.mlp import mlp_packed_rows, pack_mlp
from slonana_analysis.measure.loops import TimedLoop, bind, timed_loop
from slonana_analysis.measure.subject import Variant
from slonana_analysis.simd.aligned import aligned_copy, aligned_empty

OURS = "ours, exact"


def our_variants(mlp: Mlp, batches: NDArray[np.int32]) -> tuple[Variant, Variant]:
    """Return our kernel on a network: called from compiled code, and from Python.

    Parameters
    ----------
    mlp : Mlp
        Of one layer without an activation, or of several.
    batches : ndarray of int32, shape (n_batches, batch, inputs), fixed point
        The number of batches is a power of two.

    Returns
    -------
    tuple of Variant
        The first is entered as the validator would enter it, the second as a researcher does.
    """
    kernel, blob = _packed(mlp)
    given = aligned_copy(batches)
    out = aligned_empty((batches.shape[1], mlp.output_size), np.int32)

    def predict(rows: NDArray[np.int32]) -> NDArray[np.int32]:
        kernel(out, rows, blob)
        return out

    compiled = Variant(
        OURS, bind(_loop(kernel), out, given, blob), lambda: checked_output(predict, given)
    )
    return compiled, from_python(OURS, predict, given)


def _packed(mlp: Mlp) -> tuple[Any, NDArray[np.int32]]:
    """Return the kernel for a network and the network as that kernel wants it."""
    if len(mlp.layers) == 1:
        return dense_packed_rows, pack_layer(mlp.layers[0].weights, mlp.layers[0].bias)
    return mlp_packed_rows, pack_mlp(mlp)


@cache
def _loop(kernel: Callable[..., object]) -> TimedLoop:
    return timed_loop(kernel, ("out", "rotate", "shared"))
