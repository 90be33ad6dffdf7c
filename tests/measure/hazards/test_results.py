import numba
import numpy as np
import pytest

from slonana_analysis.measure.hazards.check import check_hazards
from slonana_analysis.measure.loops import bind, timed_loop
from slonana_analysis.measure.subject import Case, Variant
from tests.measure.hazards.planted import PLANTED, case_of, doubles, rows, total

SEEN_IN_RESULTS = [name for name, each in PLANTED.items() if each.layer == "results"]
SOUND = [name for name, each in PLANTED.items() if not each.kind]


@pytest.mark.parametrize("name", SEEN_IN_RESULTS)
def test_a_planted_hazard_is_found_without_any_tool(name):
    found = check_hazards(case_of(name))
    assert PLANTED[name].kind in {hazard.kind for hazard in found}
    assert {hazard.variant for hazard in found} == {"planted"}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_benchmark_is_not_blamed(name):
    assert check_hazards(case_of(name)) == ()


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.int8, np.uint8, np.int32, np.uint64, np.int64, np.float32, np.float64]
)
def test_outputs_of_any_type_are_understood_and_restored(dtype):
    out = np.ones(64, dtype)
    loop = bind(timed_loop(copies, ("out", "rotate")), out, rows().astype(dtype))
    assert check_hazards(case(loop)) == ()
    assert (out == 1).all()


def test_an_output_of_two_dimensions_may_have_gaps_between_rows():
    out = np.zeros((4, 8), np.int64)[:, ::2]
    loop = bind(timed_loop(fills, ("out", "rotate")), out, rows())
    assert check_hazards(case(loop)) == ()


def test_a_record_is_written_whole_or_partly():
    out = np.zeros(4, [("a", "i4"), ("b", "i4")])
    loop = bind(timed_loop(fills_a_field, ("out", "rotate")), out, rows())
    (found,) = check_hazards(case(loop))
    assert found.kind == "state carried over"


def test_a_kernel_that_refuses_other_data_depends_on_it():
    loop = bind(timed_loop(refuses, ("shared",)), np.arange(64))
    assert check_hazards(case(loop)) == ()


def test_data_that_cannot_be_drawn_anew_proves_nothing():
    loop = bind(timed_loop(total, ("shared",)), np.ones(64, np.int64))
    assert check_hazards(case(loop)) == ()


def test_a_variant_that_computes_something_else_is_blamed_and_the_baseline_is_not():
    x = rows()[0]
    loop = bind(timed_loop(total, ("shared",)), x)
    variants = tuple(
        Variant(name, loop, lambda n=n: np.array([4.0, n])) for name, n in (("one", 1), ("two", 2))
    )
    (found,) = check_hazards(Case("planted", {}, variants))
    assert (found.variant, found.kind, found.layer) == ("two", "wrong result", "results")
    assert "by 0.25 of the largest value, where 0 is allowed" in found.evidence


def test_what_a_case_does_on_purpose_can_be_allowed():
    assert check_hazards(case_of("rows_all_alike"), allowed={"same input"}) == ()


def test_hazards_come_in_the_order_of_the_variants():
    bad, good = PLANTED["constant_folded_output"].build(), PLANTED["rows_all_alike"].build()
    variants = (Variant("z", bad.batch, bad.output), Variant("a", good.batch, good.output))
    found = check_hazards(Case("planted", {}, variants))
    assert [hazard.variant for hazard in found] == ["z", "a"]


def test_a_loop_of_another_kind_is_left_to_other_evidence():
    assert check_hazards(case(lambda inner: inner)) == ()


def test_output_and_input_may_lie_side_by_side():
    both = np.zeros(128, np.int64)
    both[64:] = rows()[0]
    loop = bind(timed_loop(doubles, ("out", "shared")), both[:64], both[64:])
    assert check_hazards(case(loop)) == ()


def case(batch):
    return Case("planted", {}, (Variant("planted", batch, lambda: np.arange(3)),))


@numba.njit
def copies(out, x):
    for i in range(x.size):
        out[i] = x[i]


@numba.njit
def fills(out, x):
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = x[i + j]


@numba.njit
def fills_a_field(out, x):
    for i in range(out.size):
        out[i].a = x[i]


@numba.njit
def refuses(x):
    if x[0] != 0 or x[1] != 1:
        raise ValueError("not sorted")
    return x[0]
