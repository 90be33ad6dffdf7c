import ctypes
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.measure.subject import HasEmptyLoop
from slonana_analysis.native import calls, library
from slonana_analysis.native.calls import CallTimer, call_rows, time_calls
from slonana_analysis.native.companions import companion, length_model

INPUTS = np.arange(32, dtype=np.int32).reshape(8, 4) - 16
RECTIFIED = np.maximum(INPUTS, 0)


@pytest.fixture
def relu() -> int:
    return companion("scalar", "relu").address


@pytest.mark.requires_cc
@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize(("batches", "last"), [((1,), 0), ((8,), 7), ((5, 6), 10), ((3, 0, 4), 6)])
def test_inputs_and_outputs_are_taken_in_turn(
    relu: int, chained: bool, batches: tuple[int, ...], last: int
) -> None:
    out = np.full((4, 4), -77, np.int32)
    timer = CallTimer(relu, out, INPUTS, length_model(4), chained=chained)
    assert all(timer(inner) >= 0 for inner in batches)
    for call in range(max(0, last - 3), last + 1):
        assert out[call % 4].tolist() == RECTIFIED[call % 8].tolist()
    if last < 3:
        assert (out[last + 1 :] == -77).all()
    assert timer.period == 8


_KERNEL = ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_void_p] * 3)


@pytest.mark.requires_cc
@pytest.mark.parametrize("chained", [False, True])
@pytest.mark.parametrize(("inner", "first"), [(0, 0), (1, 0), (21, 0), (7, 5)])
def test_a_kernel_is_called_as_often_as_asked(chained: bool, inner: int, first: int) -> None:
    out, model, seen = np.zeros((4, 4), np.int32), length_model(4), []

    def kernel(*arguments: int) -> int:
        seen.append(arguments)
        out[:] = -1  # whatever is written, the chain leads to the same inputs
        return 0

    function = _KERNEL(kernel)
    address = ctypes.cast(function, ctypes.c_void_p).value or 0
    assert time_calls(address, out, INPUTS, model, inner, first=first, chained=chained) >= 0
    assert seen == [
        (out[i % 4].ctypes.data, INPUTS[i % 8].ctypes.data, model.ctypes.data)
        for i in range(first, first + inner)
    ]


@pytest.mark.requires_cc
def test_calls_that_cannot_be_made(relu: int) -> None:
    out = np.zeros((8, 4), np.int32)
    for inner, first in ((-1, 0), (1, -1)):
        with pytest.raises(ValueError, match="cannot be made"):
            time_calls(relu, out, INPUTS, length_model(4), inner, first=first)


@pytest.mark.requires_cc
def test_a_timer_is_what_the_measuring_harness_wants(relu: int) -> None:
    out = np.full((8, 4), -77, np.int32)
    timer = CallTimer(relu, out, INPUTS, length_model(4))
    assert isinstance(timer, HasEmptyLoop)
    timer.warm()
    assert (out[1:] == -77).all()
    assert (out[0] != -77).all()


@pytest.mark.requires_cc
def test_the_empty_kernel_writes_one_word(relu: int) -> None:
    out = np.full((8, 4), -77, np.int32)
    assert CallTimer(relu, out, INPUTS, length_model(4)).empty(8) >= 0
    assert out[:, 0].tolist() == INPUTS[:, 0].tolist()
    assert (out[:, 1:] == -77).all()


@pytest.mark.requires_cc
def test_every_input_once(relu: int) -> None:
    out = np.zeros((3, 4), np.int32)
    assert call_rows(relu, out, INPUTS[:3], length_model(4)) == 0
    assert np.array_equal(out, RECTIFIED[:3])


@pytest.mark.requires_cc
def test_rows_may_be_of_another_type(relu: int) -> None:
    out = np.zeros((8, 4), np.int32)
    halves = INPUTS.view(np.int16).reshape(8, 2, 4)
    assert call_rows(relu, out, halves, length_model(4)) == 0
    assert np.array_equal(out, RECTIFIED)


@pytest.mark.requires_cc
def test_arrays_that_do_not_suit(relu: int) -> None:
    out, model = np.zeros((8, 4), np.int32), length_model(4)
    with pytest.raises(ValueError, match="power of two, not 3"):
        CallTimer(relu, out, INPUTS[:3], model)
    with pytest.raises(ValueError, match="power of two, not 0"):
        CallTimer(relu, out[:0], INPUTS, model)
    with pytest.raises(ValueError, match="must follow each other in memory"):
        CallTimer(relu, out, INPUTS[:, ::2], model)
    with pytest.raises(ValueError, match="words of 4 bytes"):
        CallTimer(relu, out, np.zeros((8, 3), np.int16), model)
    with pytest.raises(ValueError, match="contiguous arrays of int32"):
        CallTimer(relu, out.astype(np.int64), INPUTS, model)
    with pytest.raises(ValueError, match="8 inputs do not fit 4 rows"):
        call_rows(relu, out[:4], INPUTS, model)


@pytest.mark.usefixtures("cache")
def test_without_a_compiler_nothing_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(UnavailableError):
        companion("scalar", "relu")


@pytest.mark.requires_cc
def test_a_kernel_that_is_not_there() -> None:
    with pytest.raises(UnavailableError, match="'avx2_sort' is not part of the C kernels"):
        companion("avx2", "sort")


@pytest.mark.parametrize("load", [lambda: calls.loaded("companions"), library.kernel_library])
def test_a_library_that_cannot_be_loaded(
    load: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.so"
    broken.write_text("half a file")
    for module in (calls, library):
        monkeypatch.setattr(module, "shared_library", lambda _name: broken)
    library.kernel_library.cache_clear()
    with pytest.raises(UnavailableError, match=r"remove that file.*SLONANA_CACHE") as raised:
        load()
    assert str(broken) in str(raised.value)
