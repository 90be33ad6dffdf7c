from slonana_analysis.measure import python_loop
from slonana_analysis.measure.python_loop import python_batch
from slonana_analysis.measure.subject import HasEmptyLoop


def _clock(monkeypatch, step):
    readings = iter(range(0, 10_000, step))
    monkeypatch.setattr(python_loop, "perf_counter_ns", lambda: next(readings))


def test_every_repetition_calls_once_between_two_readings(monkeypatch):
    _clock(monkeypatch, 70)
    calls = []
    batch = python_batch(lambda: calls.append(1))
    assert batch(5) == 70
    assert len(calls) == 5


def test_the_empty_loop_calls_something_else(monkeypatch):
    _clock(monkeypatch, 70)
    calls = []
    batch = python_batch(lambda: calls.append(1))
    assert isinstance(batch, HasEmptyLoop)
    assert batch.empty(5) == 70
    assert calls == []


def test_a_result_lives_until_the_clock_was_read(monkeypatch):
    alive, seen = [], []

    class Result:
        def __init__(self):
            alive.append(self)

        def __del__(self):
            seen.append("freed")

    readings = iter([0, 1])

    def read():
        seen.append("read")
        return next(readings)

    monkeypatch.setattr(python_loop, "perf_counter_ns", read)

    def call():
        Result()
        return alive.pop()

    python_batch(call)(2)
    assert seen == ["read", "freed", "read", "freed"]
