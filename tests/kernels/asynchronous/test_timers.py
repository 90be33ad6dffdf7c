import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.asynchronous import Timers
from slonana_analysis.kernels.asynchronous.rules import TimerMode, TimerState
from tests.kernels.asynchronous.histories import (
    CANCEL,
    CHECK,
    CREATE,
    LARGEST,
    timer_history,
)
from tests.kernels.asynchronous.oracle import TimerOracle


def test_answers_what_the_validator_answered(recorded):
    timers, answers = Timers(), []
    for call, *arguments in recorded["timer_ops"].tolist():
        if call == CREATE:
            program, mode, slot, period = arguments
            answers.append(timers.create(f"program {program}", mode, slot, period))
        elif call == CANCEL:
            answers.append(timers.cancel(arguments[0]))
        elif call == CHECK:
            answers.append(len(timers.check(arguments[0])))
        else:
            timers.clean_up()
            answers.append(0)
    assert answers == recorded["timer_res"].tolist()
    final = [_as_recorded(timers, identifier) for identifier in recorded["timer_final"][:, 0]]
    assert final == recorded["timer_final"].tolist()
    statistics = timers.statistics
    assert [statistics.created, statistics.pending, statistics.executions] == recorded[
        "timer_stats"
    ].tolist()


def _as_recorded(timers, identifier):
    timer = timers.timer(identifier)
    if timer is None:
        return [identifier, 0, 0, 0, 0, 0]
    return [
        identifier,
        1,
        timer.state,
        timer.trigger_slot,
        timer.executions,
        timer.last_slot,
    ]


def test_the_benchmark_is_refused_most_of_its_timers(recorded):
    timers = Timers()
    accepted = [timers.create(f"program_{i % 100}", 0, 1000 + i) > 0 for i in range(10_000)]
    assert [sum(accepted), len(accepted)] == recorded["timer_bench_success"].tolist()
    assert all(accepted[:1024])


# In all more than half a million calls; many programs fill the 1,024 places, few their own 16.
@pytest.mark.parametrize(
    ("seed", "calls", "programs", "leap"),
    [
        (1, 150_000, 3, 0.001),
        (2, 150_000, 3, 0.0),
        (3, 100_000, 9, 0.05),
        (4, 100_000, 9, 0.3),
        (5, 50_000, 100, 0.0002),
    ],
)
def test_long_histories_agree_with_the_rules(seed, calls, programs, leap):
    timers, oracle = Timers(), TimerOracle()
    names = [f"program {number}" for number in range(programs)]
    for step, (call, arguments) in enumerate(timer_history(seed, calls, programs, leap)):
        if call == CREATE:
            program, *rest = arguments
            assert timers.create(names[program], *rest) == oracle.create(names[program], *rest)
        elif call == CANCEL:
            assert timers.cancel(*arguments) == oracle.cancel(*arguments)
        elif call == CHECK:
            assert sorted(timers.check(*arguments).tolist()) == oracle.check(*arguments), step
        else:
            assert timers.clean_up() == oracle.clean_up()
        if step % 5000 == 0:
            _agree(timers, oracle)
    _agree(timers, oracle)


def _agree(timers, oracle):
    statistics = timers.statistics
    assert (statistics.created, statistics.pending, statistics.executions) == oracle.statistics()
    for identifier in range(max(0, oracle.issued - 3000), oracle.issued + 2):
        assert _fields(timers.timer(identifier)) == oracle.timers.get(identifier)


def _fields(timer):
    return None if timer is None else dict(vars(timer)) | {"state": int(timer.state)}


def test_slots_come_due_in_every_wheel():
    timers = Timers()
    slots = [1 << bit for bit in range(64)] + [LARGEST]
    given = {timers.create(f"program {number}", 0, slot): slot for number, slot in enumerate(slots)}
    for identifier, slot in given.items():
        assert timers.check(slot - 1).size == 0
        assert timers.check(slot).tolist() == [identifier]
    assert timers.clean_up() == len(slots)


def test_one_leap_over_everything_fires_in_the_order_of_slots():
    timers = Timers()
    random = np.random.default_rng(5)
    slots = {int(slot) for slot in random.integers(1, 64, 40)}
    given = {
        slot: timers.create(f"program {slot}", 0, slot) for slot in random.permutation(list(slots))
    }
    assert timers.check(LARGEST).tolist() == [given[slot] for slot in sorted(given)]


def test_a_periodic_timer_that_wraps_runs_once_a_check():
    timers = Timers()
    identifier = timers.create("program", TimerMode.PERIODIC, 10, LARGEST)
    for executions, slot in enumerate((10, 10, 9, 12), start=1):
        assert timers.check(slot).tolist() == [identifier]
        stored = timers.timer(identifier)
        assert (stored.executions, stored.trigger_slot) == (executions, slot - 1)


def test_timers_that_never_end_run_again_within_a_slot():
    timers = Timers()
    assert timers.background_check().size == 0
    repeated = [timers.create("program", mode, 5) for mode in (2, 3, 9)]
    once = timers.create("program", TimerMode.ONE_SHOT, 5)
    assert sorted(timers.process_slot(5).tolist()) == [*repeated, once]
    assert sorted(timers.background_check().tolist()) == repeated
    assert timers.timer(once).state is TimerState.COMPLETED


def test_places_are_free_after_the_hundredth_slot():
    timers = Timers()
    first = [timers.create("program", 0, 1) for _ in range(16)]
    timers.process_slot(99)
    assert timers.cancel(first[0])
    assert timers.create("program", 0, 1) == 0
    timers.process_slot(100)
    assert not timers.cancel(first[0])
    assert timers.create("program", 0, 1) == 17


@pytest.mark.parametrize(
    ("mode", "slot", "period", "sentence"),
    [
        (256, 1, 0, "mode is 0 to 255, not 256"),
        (0, -1, 0, "slot is 0 to 2\\^64 - 1, not -1"),
        (1, 1, 1 << 64, "period is 0 to 2\\^64 - 1, not 18446744073709551616"),
    ],
)
def test_numbers_that_do_not_fit(mode, slot, period, sentence):
    with pytest.raises(UsageError, match=sentence):
        Timers().create("program", mode, slot, period)
