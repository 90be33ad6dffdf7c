"""The validator's table of 256 sigmoid values, which its documents describe and no code calls.

It is no sigmoid: it rises to 14808, above 1.0, falls to 6000 and again to 5000. It is kept as it
is, since a program may still contain it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from slonana_analysis.kernels.fixed_point import SCALE

# fmt: off
TABLE: NDArray[np.int32] = np.array(
    [
        5, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40, 49, 60,
        73, 89, 109, 133, 162, 198, 241, 294, 358, 437, 532, 648, 789,
        959, 1165, 1413, 1710, 2066, 2488, 2983, 3557, 4212, 4947, 5753, 6617, 7519,
        8436, 9342, 10212, 11022, 11756, 12404, 12960, 13425, 13804, 14103, 14333, 14504, 14625,
        14707, 14759, 14789, 14803, 14808, 14805, 14798, 14788, 14777, 14765, 14753, 14742, 6000,
        6100, 6200, 6300, 6400, 6500, 6600, 6700, 6800, 6900, 7000, 7100, 7200, 7300,
        7400, 7500, 7600, 7700, 7800, 7900, 8000, 8100, 8200, 8300, 8400, 8500, 8600,
        8700, 8800, 8900, 9000, 9100, 9150, 9200, 9250, 9300, 9350, 9400, 9450, 9500,
        9550, 9600, 9650, 9700, 9750, 9800, 9850, 9900, 9920, 9940, 9960, 9980, 9990,
        9995, 9998, 5000, 5000, 5002, 5005, 5010, 5020, 5040, 5060, 5080, 5100, 5150,
        5200, 5250, 5300, 5350, 5400, 5450, 5500, 5550, 5600, 5650, 5700, 5750, 5800,
        5850, 5900, 5950, 6000, 6050, 6100, 6150, 6200, 6250, 6300, 6350, 6400, 6450,
        6500, 6550, 6600, 6650, 6700, 6750, 6800, 6850, 6900, 6950, 7000, 7050, 7100,
        7150, 7200, 7250, 7300, 7350, 7400, 7450, 7500, 7550, 7600, 7650, 7700, 7750,
        7800, 7850, 7900, 7950, 8000, 8050, 8100, 8150, 8200, 8250, 8300, 8400, 8500,
        8600, 8700, 8800, 8900, 9000, 9100, 9200, 9300, 9400, 9500, 9600, 9700, 9800,
        9850, 9880, 9900, 9920, 9940, 9955, 9970, 9980, 9985, 9990, 9992, 9994, 9995,
        9996, 9997, 9998, 9999, 9999, 9999, 9999, 10000, 10000, 10000, 10000, 10000, 10000,
        10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000,
        10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000, 10000,
    ],
    np.int32,
)
# fmt: on
"""ndarray of int32, shape (256,), scaled by 10000."""

_OFFSET = 32_768
_STEP_BITS = 8
_LAST = 255


@njit(cache=True, error_model="numpy", nogil=True)
def sigmoid_lut(out: NDArray[np.int32], values: NDArray[np.int32], scale: int = SCALE) -> None:
    """Write the table's entry for every value.

    Parameters
    ----------
    out, values : ndarray of int32, shape (n,)
        Values from -32768 to 32767 go through the table once; others wrap around.
    scale : int32
        What the entries are scaled to.
    """
    for i in range(values.size):
        moved = np.int32(np.int64(values[i]) + _OFFSET)
        entry = TABLE[(moved >> np.int32(_STEP_BITS)) & _LAST]
        product = np.int64(np.int32(np.int64(entry) * scale))
        out[i] = product // SCALE if product >= 0 else -(-product // SCALE)
