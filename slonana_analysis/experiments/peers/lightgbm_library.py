"""LightGBM through its C interface: what its Python package calls, without that package's checks.

References
----------
LightGBM, C API: ``LGBM_BoosterPredictForMat``, ``LGBM_BoosterPredictForMatSingleRowFast``.
"""

import ctypes
import importlib.util
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.availability import HOW_TO_GET

_FLOAT64 = 1
_ROW_MAJOR = 1
_RAW_SCORE = 1
_ALL_TREES = -1
_SETTINGS = b"num_threads=1"


@cache
def lightgbm_library() -> ctypes.CDLL:
    """Return LightGBM's shared library.

    Raises
    ------
    UnavailableError
        If the package is missing, or its library does not load.
    """
    found = importlib.util.find_spec("lightgbm")
    folders = [] if found is None else list(found.submodule_search_locations or ())
    for path in (Path(folder, "lib", "lib_lightgbm.so") for folder in folders):
        if path.exists():
            try:
                return ctypes.CDLL(str(path))
            except OSError as error:
                raise UnavailableError(f"{path} does not load ({error}); {HOW_TO_GET}") from error
    raise UnavailableError(f"LightGBM's library was not found; {HOW_TO_GET}")


class Booster:
    """A model in LightGBM's own memory.

    Parameters
    ----------
    text : str
        In LightGBM's text format.

    Raises
    ------
    UnavailableError
        If the library is missing, or does not take the model.
    """

    def __init__(self, text: str) -> None:
        self._library = lightgbm_library()
        self._handle = ctypes.c_void_p()
        iterations = ctypes.c_int()
        self._check(
            self._library.LGBM_BoosterLoadModelFromString(
                text.encode("ascii"), ctypes.byref(iterations), ctypes.byref(self._handle)
            )
        )

    def __del__(self) -> None:
        if handle := getattr(self, "_handle", None):
            self._library.LGBM_BoosterFree(handle)

    def predictor(
        self, rows: NDArray[np.float64], out: NDArray[np.float64]
    ) -> Callable[[], object]:
        """Return a call without arguments that predicts one batch on one thread.

        Parameters
        ----------
        rows : ndarray of float64, shape (n_rows, n_features)
            C-contiguous; read at every call. One row goes by the interface made for that.
        out : ndarray of float64, shape (n_rows,)
            Written by every call.

        Returns
        -------
        callable
            Holds the model, ``rows`` and ``out``.
        """
        written = ctypes.c_int64()
        result = (ctypes.byref(written), ctypes.c_void_p(out.ctypes.data))
        data = ctypes.c_void_p(rows.ctypes.data)
        if len(rows) == 1:
            single = self._library.LGBM_BoosterPredictForMatSingleRowFast
            prepared = (self._prepared_for_one_row(rows.shape[1]), data, *result)
            return _Call(single, prepared, (self, rows, out))
        shape = (ctypes.c_int32(rows.shape[0]), ctypes.c_int32(rows.shape[1]))
        what = (_RAW_SCORE, 0, _ALL_TREES, _SETTINGS)
        arguments = (self._handle, data, _FLOAT64, *shape, _ROW_MAJOR, *what, *result)
        return _Call(self._library.LGBM_BoosterPredictForMat, arguments, (self, rows, out))

    def _prepared_for_one_row(self, features: int) -> ctypes.c_void_p:
        """Return LightGBM's own preparation of a call; freed with the process."""
        prepared = ctypes.c_void_p()
        self._check(
            self._library.LGBM_BoosterPredictForMatSingleRowFastInit(
                self._handle,
                _RAW_SCORE,
                0,
                _ALL_TREES,
                _FLOAT64,
                ctypes.c_int32(features),
                _SETTINGS,
                ctypes.byref(prepared),
            )
        )
        return prepared

    def _check(self, status: int) -> None:
        if status:
            self._library.LGBM_GetLastError.restype = ctypes.c_char_p
            reason = self._library.LGBM_GetLastError().decode(errors="replace")
            raise UnavailableError(f"LightGBM does not take the model ({reason}); {HOW_TO_GET}")


class _Call:
    """A foreign function with its arguments, and what they point into."""

    def __init__(
        self, function: Callable[..., int], arguments: tuple[object, ...], alive: tuple[object, ...]
    ) -> None:
        self._function = function
        self._arguments = arguments
        self._alive = alive

    def __call__(self) -> int:
        """Predict; 0 when all went well."""
        return self._function(*self._arguments)
