import numba
import numpy as np

from slonana_analysis.native.machine_code import told_of_compiling


def test_the_first_compilation_is_told_and_only_it() -> None:
    told: list[str] = []
    doubled = numba.njit(lambda value: value + value)
    with told_of_compiling(lambda: told.append("compiling")):
        assert told == []
        doubled(1)
        doubled(1.5)
    assert told == ["compiling"]
    doubled(np.float32(1))
    assert told == ["compiling"]


def test_what_is_compiled_already_is_not_told() -> None:
    told: list[str] = []
    doubled = numba.njit(lambda value: value + value)
    doubled(1)
    with told_of_compiling(lambda: told.append("compiling")):
        doubled(2)
    assert told == []
