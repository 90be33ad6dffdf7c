import subprocess
import sys

import numba
import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.generated import module_from_source
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.processes import launch_environment
from slonana_analysis.measure.subject import HasEmptyLoop
from tests.measure import planted
from tests.measure.compiled import loop_instructions, opcodes, optimised

FLOATS = np.linspace(0, 1, 64, dtype=np.float32)
DOUBLES = np.linspace(0, 1, 64)
INTEGERS = np.arange(64)


def _stack(rows):
    return np.arange(rows, dtype=np.int64)[:, None].repeat(8, axis=1)


@pytest.mark.parametrize(
    ("kernel", "roles", "arguments", "work"),
    [
        (planted.result_dropped, ("shared", "shared"), (DOUBLES, DOUBLES), "fmul"),
        (planted.result_dropped, ("rotate", "shared"), (DOUBLES.reshape(1, -1), DOUBLES), "fmul"),
        (planted.same_input_every_time, ("shared",), (DOUBLES,), "fadd"),
        (planted.same_output_every_time, ("out", "shared"), (FLOATS.copy(), FLOATS), "fdiv"),
        (planted.closed_form, ("scalar",), (100,), "xor"),
        (planted.known_scalar, ("scalar", "scalar"), (3, 1 << 33), "ashr"),
        (planted.pure_polynomial, ("scalar",), (0.5,), "fmul"),
        (planted.overwritten_store, ("out",), (INTEGERS.copy(),), "store"),
        (planted.idempotent_maximum, ("out", "shared"), (FLOATS.copy(), FLOATS), "fcmp"),
        (planted.own_inverse, ("out",), (INTEGERS.copy(),), "xor"),
        (planted.one_of_two_results, ("shared",), (INTEGERS,), "ashr"),
        (planted.fresh_array, ("shared",), (DOUBLES,), "fmul"),
        (planted.comparison, ("shared", "scalar"), (FLOATS, 0.5), "fcmp"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_work_stays_in_the_timed_loop(kernel, roles, arguments, work):
    loop = timed_loop(kernel, roles)
    bind(loop, *arguments).warm()
    lines = loop_instructions(loop.batch)
    called = [line for line in lines if " call " in line and kernel.__name__ in line]
    assert called or work in opcodes(loop.batch)


@pytest.mark.parametrize(
    ("naive", "arguments", "work"),
    [
        (planted.naive_dot, (DOUBLES, DOUBLES), "fmul"),
        (planted.naive_scalar, (3, 1 << 33), "ashr"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_naive_loop_would_have_lost_it(naive, arguments, work):
    naive(1, *arguments)
    assert work not in optimised(naive)


def test_the_empty_loop_does_nothing_but_count_and_choose_rows():
    loop = timed_loop(planted.result_dropped, ("rotate", "shared"))
    bind(loop, DOUBLES.reshape(2, -1), DOUBLES[:32]).warm()
    lines = loop_instructions(loop.empty)
    kinds = {line.split(" = ", 1)[-1].split()[0] for line in lines if "asm sideeffect" not in line}
    assert kinds <= {"phi", "add", "sub", "and", "mul", "getelementptr", "icmp", "br", "shl"}
    assert sum("asm sideeffect" in line for line in lines) == 2


@pytest.mark.parametrize("roles", [("shared", "shared"), ("rotate", "shared")])
def test_a_repetition_counts_no_references(roles):
    loop = timed_loop(planted.result_dropped, roles)
    stack = DOUBLES.reshape(2, -1) if roles[0] == "rotate" else DOUBLES[:32]
    bind(loop, stack, DOUBLES[:32]).warm()
    assert not [line for line in loop_instructions(loop.batch) if "NRT" in line or "atomic" in line]


def test_rows_rotate_and_go_on_where_the_last_batch_stopped():
    visits = np.zeros(4, np.int64)
    batch = bind(timed_loop(planted.count_visits, ("out", "rotate")), visits, _stack(4))
    batch(3)
    assert visits.tolist() == [1, 1, 1, 0]
    batch(3)
    assert visits.tolist() == [2, 2, 1, 1]
    batch(4000)
    assert visits.tolist() == [1002, 1002, 1001, 1001]


def test_the_empty_loop_leaves_data_and_rotation_alone():
    visits = np.zeros(4, np.int64)
    batch = bind(timed_loop(planted.count_visits, ("out", "rotate")), visits, _stack(4))
    batch.empty(3)
    assert visits.tolist() == [0, 0, 0, 0]
    batch(1)
    assert visits.tolist() == [1, 0, 0, 0]


@pytest.mark.parametrize("dtype", [np.int8, np.uint32, np.int64, np.float32, np.float64, np.bool_])
def test_elements_of_a_flat_array_rotate_as_numbers(dtype):
    total = np.zeros(1)
    elements = np.array([0, 1, 1, 0], dtype)
    bind(timed_loop(planted.add_element, ("out", "rotate")), total, elements)(6)
    assert total[0] == 2 + 1


def test_rows_of_three_dimensions_are_matrices():
    source = """
import numba

@numba.njit(cache=True)
def corner(out, matrix):
    out[0] += matrix[1, 2]
    out[1] = matrix.size
"""
    kernel = module_from_source("corner", source).corner
    out = np.zeros(2)
    bind(timed_loop(kernel, ("out", "rotate")), out, np.arange(24.0).reshape(4, 2, 3))(4)
    assert out.tolist() == [5 + 11 + 17 + 23, 6]


def test_a_rotating_array_may_be_read_only():
    stack = _stack(2)
    stack.flags.writeable = False
    visits = np.zeros(2, np.int64)
    bind(timed_loop(planted.count_visits, ("out", "rotate")), visits, stack)(2)
    assert visits.tolist() == [1, 1]


def test_binding_holds_its_arrays_without_copying():
    visits = np.zeros(2, np.int64)
    batch = bind(timed_loop(planted.count_visits, ("out", "rotate")), visits, _stack(2))
    before = sys.getrefcount(visits)
    batch(1000)
    assert sys.getrefcount(visits) == before
    assert visits.sum() == 1000


def test_a_kernel_known_under_another_name_is_found():
    array = np.zeros(1)
    bind(timed_loop(planted.renamed, ("out",)), array)(1)
    assert array[0] == 1


def test_a_bound_loop_offers_its_empty_loop():
    assert isinstance(
        bind(timed_loop(planted.own_inverse, ("out",)), INTEGERS.copy()), HasEmptyLoop
    )


def test_a_kernel_must_be_found_by_a_fresh_process():
    @numba.njit
    def local(x):
        return x[0]

    with pytest.raises(UsageError, match=r"'.*local'.*module_from_source"):
        timed_loop(local, ("shared",))


def test_a_kernel_must_be_compiled():
    with pytest.raises(UsageError, match="decorate it with numba"):
        timed_loop(planted.plain, ("out",))


def test_roles_must_fit_the_kernel():
    with pytest.raises(UsageError, match="takes 2 arguments, not 1"):
        timed_loop(planted.result_dropped, ("shared",))
    with pytest.raises(
        UsageError, match=r"no argument role is called inout; choose from out, rotate"
    ):
        timed_loop(planted.result_dropped, ("shared", "inout"))


@pytest.mark.parametrize(
    ("roles", "arguments", "says"),
    [
        (("shared", "shared"), (DOUBLES,), "bound to 2 arguments, not 1"),
        (("rotate", "shared"), (np.zeros((3, 8)), DOUBLES), "has 3 rows; rotation needs a power"),
        (("rotate", "shared"), (np.zeros((0, 8)), DOUBLES), "has 0 rows"),
        (("rotate", "shared"), (np.zeros((8, 4)).T, DOUBLES), "not C-contiguous"),
        (("out", "shared"), (np.broadcast_to(0.0, 8), DOUBLES), "is read-only"),
        (("scalar", "shared"), (DOUBLES, DOUBLES), "is an array"),
        (("shared", "shared"), (1.0, DOUBLES), "argument 0 .* is a float"),
    ],
)
def test_arguments_must_fit_their_roles(roles, arguments, says):
    loop = timed_loop(planted.result_dropped, roles)
    with pytest.raises(UsageError, match=says):
        bind(loop, *arguments)


_SECOND_PROCESS = """
import numpy as np
from slonana_analysis.measure.generated import module_from_source
from slonana_analysis.measure.loops import bind, timed_loop

source = '''
import numba

@numba.njit(cache=True)
def total(x):
    return x.sum()
'''
kernel = module_from_source("total", source).total
kernel(np.ones(4))
loop = timed_loop(kernel, ("shared",))
bind(loop, np.ones(4)).warm()
for dispatcher in (kernel, loop.batch, loop.empty):
    print(sum(dispatcher.stats.cache_hits.values()), sum(dispatcher.stats.cache_misses.values()))
"""


def test_a_second_process_loads_everything_from_the_cache():
    command = [sys.executable, "-c", _SECOND_PROCESS]
    environment = launch_environment(1)
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first.split("\n")[1:3] == ["0 1", "0 1"]
    assert second == "1 0\n1 0\n1 0\n"
