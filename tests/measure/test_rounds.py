import gc

import numpy as np
import pytest

from slonana_analysis.measure.rounds import Subject, affordable_rounds, time_rounds


@pytest.fixture
def subjects(batch):
    return [Subject(batch(cost), 100, 100 * cost) for cost in (10.0, 20.0, 30.0, 40.0)]


def test_every_round_is_a_permutation_and_rounds_differ(subjects):
    order = time_rounds(subjects, 50, np.random.default_rng(1)).order
    assert order.shape == (50, 4)
    assert (np.sort(order, axis=1) == np.arange(4)).all()
    assert len({tuple(row) for row in order.tolist()}) > 12
    # Each place is as good as any other: no variant is always timed first.
    assert all(len(np.unique(order[:, column])) == 4 for column in range(4))


def test_order_says_who_really_ran_when(batch):
    calls = []

    class Recording(batch):
        def __call__(self, inner):
            calls.append((self.cost, inner))
            return super().__call__(inner)

    subjects = [Subject(Recording(cost), 7, 7 * cost) for cost in (1.0, 2.0, 3.0)]
    times = time_rounds(subjects, 4, np.random.default_rng(2))
    timed = np.array([cost for cost, inner in calls if inner == 7]).reshape(4, 3)
    for round_ in range(4):
        assert (timed[round_][times.order[round_]] == [1.0, 2.0, 3.0]).all()


def test_values_are_nanoseconds_of_one_repetition(subjects):
    values = time_rounds(subjects, 5, np.random.default_rng(3)).values
    np.testing.assert_allclose(values, np.tile([10.25, 20.25, 30.25, 40.25], (5, 1)))


def test_the_same_seed_gives_the_same_orders(subjects):
    one, two = (time_rounds(subjects, 20, np.random.default_rng(4)).order for _ in range(2))
    assert (one == two).all()


def test_an_untimed_repetition_goes_before_a_short_batch_only(batch):
    short, long = batch(100.0), batch(5e6)
    time_rounds([Subject(short, 200, 2e4), Subject(long, 1, 5e6)], 3, np.random.default_rng(5))
    assert short.asked == [1, 200] * 3
    assert long.asked == [1] * 3


@pytest.mark.parametrize(
    ("cost", "inner", "seconds", "expected"),
    [(100.0, 200, 0.005, 216), (100.0, 200, 10.0, 400), (50e6, 1, 0.05, 5), (1e6 + 1, 1, 0.05, 49)],
)
def test_rounds_follow_the_time_given_within_bounds(batch, cost, inner, seconds, expected):
    subject = Subject(batch(cost), inner, cost * inner)
    assert affordable_rounds([subject], seconds) == expected


def test_the_collector_rests_during_rounds_and_wakes_after_a_failure(batch):
    seen = []

    def failing(_inner):
        seen.append(gc.isenabled())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        time_rounds([Subject(failing, 1, 1e3)], 1, np.random.default_rng(6))
    assert seen == [False]
    assert gc.isenabled()
