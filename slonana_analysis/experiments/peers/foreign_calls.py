"""Calling machine code that lleaves and tl2cgen made, from compiled loops like our own kernels.

Neither the interpreter nor ctypes stands between the clock and the call, so that a batch of one
row costs each side the same few cycles to enter.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core.errors import TypingError
from numba.extending import intrinsic

_DOUBLES = ir.DoubleType().as_pointer()
_INT32 = ir.IntType(32)
_ROWS_FUNCTION = ir.FunctionType(ir.VoidType(), [_DOUBLES, _DOUBLES, _INT32, _INT32])
_ROW_FUNCTION = ir.FunctionType(ir.VoidType(), [_DOUBLES, _INT32, _DOUBLES])


def _call_over_rows(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    address: types.Type,
    values: types.Type,
    out: types.Type,
    end: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    """Call ``void f(double *values, double *out, int32_t first, int32_t end)`` from row 0 on.

    ``address``, ``values`` and ``out`` are addresses as integers, ``end`` the number of rows: the
    signature of lleaves' entry.
    """
    _require_integers(address, values, out, end)
    return types.void(types.uintp, types.uintp, types.uintp, types.int32), _emit_call_over_rows


def _call_on_row(
    _typing_context: Any,  # noqa: ANN401  # numba's own context objects carry no types
    address: types.Type,
    values: types.Type,
    out: types.Type,
) -> tuple[Any, Callable[..., ir.Value]]:
    """Call ``void f(double *values, int raw, double *out)`` with ``raw`` set.

    ``address``, ``values`` and ``out`` are addresses as integers: the signature of tl2cgen's
    ``predict``, whose 8-byte ``union Entry`` holds the double.
    """
    _require_integers(address, values, out)
    return types.void(types.uintp, types.uintp, types.uintp), _emit_call_on_row


def _require_integers(*kinds: types.Type) -> None:
    for kind in kinds:
        if not isinstance(kind, types.Integer):
            raise TypingError(f"machine code is called with addresses and counts, not with {kind}")


def _emit_call_over_rows(
    context: Any,  # noqa: ANN401
    builder: ir.IRBuilder,
    _signature: Any,  # noqa: ANN401
    arguments: list[ir.Value],
) -> ir.Value:
    address, values, out, end = arguments
    given = [builder.inttoptr(values, _DOUBLES), builder.inttoptr(out, _DOUBLES)]
    function = builder.inttoptr(address, _ROWS_FUNCTION.as_pointer())
    builder.call(function, [*given, ir.Constant(_INT32, 0), end])
    return context.get_dummy_value()


def _emit_call_on_row(
    context: Any,  # noqa: ANN401
    builder: ir.IRBuilder,
    _signature: Any,  # noqa: ANN401
    arguments: list[ir.Value],
) -> ir.Value:
    address, values, out = arguments
    row, result = builder.inttoptr(values, _DOUBLES), builder.inttoptr(out, _DOUBLES)
    function = builder.inttoptr(address, _ROW_FUNCTION.as_pointer())
    builder.call(function, [row, ir.Constant(_INT32, 1), result])
    return context.get_dummy_value()


call_over_rows: Any = intrinsic(_call_over_rows)
call_on_row: Any = intrinsic(_call_on_row)


@njit(cache=True, error_model="numpy", nogil=True)
def lleaves_rows(out: Any, values: Any, address: int) -> None:  # noqa: ANN401
    """Predict a batch with a forest that lleaves compiled.

    Parameters
    ----------
    out : ndarray of float64, shape (n_rows,)
        Written.
    values : ndarray of float64, shape (n_rows, n_features)
        C-contiguous.
    address : int
        Of ``forest_root``.
    """
    call_over_rows(address, values.ctypes.data, out.ctypes.data, values.shape[0])


@njit(cache=True, error_model="numpy", nogil=True)
def tl2cgen_rows(out: Any, values: Any, address: int) -> None:  # noqa: ANN401
    """Predict a batch, row by row, with a forest that tl2cgen translated to C.

    Parameters
    ----------
    out : ndarray of float64, shape (n_rows,)
        Written.
    values : ndarray of float64, shape (n_rows, n_features)
        C-contiguous; no NaN, and no number whose lower half is -1, which would count as missing.
    address : int
        Of ``predict``.
    """
    data, sums = values.ctypes.data, out.ctypes.data
    stride = values.shape[1] * 8
    for row in range(values.shape[0]):
        out[row] = 0.0  # the generated code adds to what is there
        call_on_row(address, data + row * stride, sums + row * 8)
