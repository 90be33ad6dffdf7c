from slonana_analysis.measure import core_clock
from slonana_analysis.measure.vector_loops import CHAIN


def test_the_clock_is_steps_per_nanosecond(monkeypatch):
    monkeypatch.setattr(
        core_clock, "chain_batch", lambda first, step, trips: (CHAIN * trips // 4, first)
    )
    clock = core_clock.measure_core_clock(seconds=0.001)
    assert clock.ghz == clock.low == clock.high == 4.0
    assert clock.rounds >= 25


def test_stolen_time_in_a_few_batches_does_not_change_it(monkeypatch):
    calls = iter(range(10**9))

    def chain(first, step, trips):
        stolen = 10 if next(calls) % 4 == 0 else 1
        return CHAIN * trips // 2 * stolen, first

    monkeypatch.setattr(core_clock, "chain_batch", chain)
    clock = core_clock.measure_core_clock(seconds=0.001)
    assert clock.ghz == 2.0


def test_a_real_core_has_a_clock():
    clock = core_clock.measure_core_clock(seconds=0.001)
    assert 0 < clock.low <= clock.ghz <= clock.high
    assert clock.rounds >= 25
