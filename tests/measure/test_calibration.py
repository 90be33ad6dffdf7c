import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.measure.calibration import TARGET_NS, calibrate


@given(exponent=st.floats(-0.3, 8.0), fixed=st.floats(0, 60))
def test_a_batch_lasts_16_to_32_microseconds_whatever_a_repetition_costs(exponent, fixed):
    cost = 10**exponent  # 0.5 ns to 100 ms
    inner, elapsed = calibrate(lambda inner: round(fixed + inner * cost))
    assert elapsed >= TARGET_NS
    assert inner & (inner - 1) == 0
    if inner > 1:
        assert 10_000 <= elapsed < 2 * TARGET_NS + fixed + 1
        assert fixed + inner / 2 * cost < TARGET_NS + 1


def test_a_repetition_longer_than_the_target_is_a_batch_of_its_own(batch):
    slow = batch(100e6)
    assert calibrate(slow) == (1, 100_000_025)
    assert slow.asked == [1, 1]


def test_a_single_stall_does_not_end_the_calibration(batch):
    class Stalling(batch):
        def __call__(self, inner):
            stalled = not self.asked
            return super().__call__(inner) + 30_000_000 * stalled

    assert calibrate(Stalling(2.0))[0] == 8192


@pytest.mark.parametrize("constant", [0, 30])
def test_work_that_takes_no_time_ends_the_search(constant):
    assert calibrate(lambda _: constant) == (1 << 20, constant)
