"""The compiled layouts against what the validator answered, and against the rules."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from slonana_analysis.errors import UnavailableError
from slonana_analysis.native import asynchronous
from slonana_analysis.native.asynchronous import (
    CompiledTimers,
    CompiledWatchers,
    Layout,
    asynchronous_library,
    time_cancels,
    time_creates,
)
from tests.kernels.asynchronous.histories import (
    CANCEL,
    CHECK,
    CREATE,
    changes,
    timer_history,
    watcher_requests,
)
from tests.kernels.asynchronous.oracle import TimerOracle, WatcherOracle
from tests.native.conftest import WriteCompiler

LAYOUTS: tuple[Layout, ...] = ("arrays", "objects")
both = pytest.mark.parametrize("layout", LAYOUTS)

Recorded = dict[str, Any]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    path = Path(__file__).parents[1] / "data" / "golden-asynchronous.npz"
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.mark.requires_cxx
@both
def test_timers_answer_what_the_validator_answered(layout: Layout, recorded: Recorded) -> None:
    timers, answers = CompiledTimers(layout, 1000), []
    for call, *arguments in recorded["timer_ops"].tolist():
        if call == CREATE:
            answers.append(timers.create(*arguments))
        elif call == CANCEL:
            answers.append(timers.cancel(arguments[0]))
        elif call == CHECK:
            answers.append(timers.check(arguments[0]).size)
        else:
            timers.clean_up()
            answers.append(0)
    assert answers == recorded["timer_res"].tolist()


@pytest.mark.requires_cxx
@both
@pytest.mark.parametrize(("programs", "leap"), [(3, 0.001), (9, 0.1), (100, 0.0002)])
def test_timers_keep_the_rules(layout: Layout, programs: int, leap: float) -> None:
    timers, oracle = CompiledTimers(layout, programs), TimerOracle()
    for call, arguments in timer_history(programs, 20_000, programs, leap):
        if call == CREATE:
            assert timers.create(*arguments) == oracle.create(*arguments)
        elif call == CANCEL:
            assert timers.cancel(*arguments) == oracle.cancel(*arguments)
        elif call == CHECK:
            assert sorted(timers.check(*arguments).tolist()) == oracle.check(*arguments)
        else:
            assert timers.clean_up() == oracle.clean_up()


@pytest.mark.requires_cxx
@both
def test_watchers_answer_what_the_validator_answered(layout: Layout, recorded: Recorded) -> None:
    watchers, given = CompiledWatchers(layout, 100), []
    for request, text in zip(
        recorded["watch_create"].tolist(), recorded["watch_pattern"], strict=True
    ):
        *who, offset, threshold = request
        rest = {"offset": offset, "threshold": threshold, "pattern": bytes.fromhex(text)}
        given.append(watchers.create(*who, **rest))
    assert given == recorded["watch_ids"].tolist()
    for event, old, new, fired in zip(
        recorded["watch_events"].tolist(),
        recorded["watch_old"],
        recorded["watch_new"],
        recorded["watch_fired"],
        strict=True,
    ):
        account, old_length, new_length, before, after, slot = event
        data = old[:old_length].tobytes(), new[:new_length].tobytes()
        found = watchers.check(account, *data, (before, after), slot)
        assert found.tolist() == recorded["watch_live"][fired != 0].tolist()


@pytest.mark.requires_cxx
@both
@pytest.mark.parametrize(("count", "programs"), [(40, 3), (500, 12)])
def test_watchers_keep_the_rules(layout: Layout, count: int, programs: int) -> None:
    watchers, oracle = CompiledWatchers(layout, programs), WatcherOracle()
    for request in watcher_requests(count, count, programs, 3):
        kind, program, account, trigger, offset, threshold, pattern = request
        found = watchers.create(
            kind, program, account, trigger, offset=offset, threshold=threshold, pattern=pattern
        )
        assert found == _create(oracle, request)
    for account, old, new, lamports, slot in changes(count, 2000, 3):
        found = watchers.check(account, old, new, lamports, slot)
        assert found.tolist() == oracle.check(account, old, new, lamports, slot)


def _create(oracle: WatcherOracle, request: tuple[Any, ...]) -> int:
    kind, program, account, trigger, offset, threshold, pattern = request
    if kind == 0:
        return oracle.create(program, account, trigger)
    if kind == 1:
        return oracle.create_threshold(program, account, trigger, offset, threshold)
    return oracle.create_pattern(program, account, pattern, offset)


@pytest.mark.requires_cxx
@both
def test_the_benchmarks_do_what_they_time(layout: Layout, recorded: Recorded) -> None:
    ids = np.full(10_000, -1)
    assert time_creates(layout, 100, ids, 2) > 0
    accepted, calls = recorded["timer_bench_success"].tolist()
    assert ids.tolist() == [*range(1, accepted + 1), *[0] * (calls - accepted)]
    assert time_cancels(layout, np.arange(1, 1025), 2) > 0
    timers, fired = CompiledTimers(layout, 1), np.zeros(1, np.int64)
    timers.create(0, 1, 3, 10)
    assert timers.time_checks(12, fired) > 0
    assert timers.time_checks(1, fired) > 0
    assert fired[0] == 2
    watchers = CompiledWatchers(layout, 1)
    assert [watchers.create(0, 0, 0, trigger) for trigger in (0, 1, 2)] == [1, 2, 3]
    fired[0] = 0
    assert watchers.time_checks(b"a" * 999, b"b" * 999, (1, 1), 5, fired) > 0
    assert watchers.time_checks(b"", b"", (0, 1), 5, fired) > 0
    assert fired[0] == 20


@pytest.mark.requires_cxx
@both
def test_who_is_not_there(layout: Layout) -> None:
    with pytest.raises(ValueError, match="program is 0 to 2, not 3"):
        CompiledTimers(layout, 3).create(3, 0, 1, 0)
    watchers = CompiledWatchers(layout, 1)
    with pytest.raises(ValueError, match="program is 0 to 0, not -1"):
        watchers.create(0, -1, 0, 0)
    with pytest.raises(ValueError, match="account is 0 to 63, not 64"):
        watchers.create(0, 0, 64, 0)
    with pytest.raises(ValueError, match="account is 0 to 63, not 99"):
        watchers.check(99, b"", b"", (0, 0), 1)
    with pytest.raises(ValueError, match="at most 1024 timers"):
        time_cancels(layout, np.arange(1, 1026), 1)


@pytest.mark.requires_cxx
@pytest.mark.usefixtures("cache")
@both
def test_the_second_call_does_not_compile(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    first = asynchronous_library(layout)
    monkeypatch.setattr(asynchronous.Compiler, "run", None)
    assert asynchronous_library(layout) is first


@pytest.mark.parametrize(("layout", "language"), [("arrays", "C"), ("objects", "C\\+\\+")])
def test_without_a_compiler(
    layout: Layout, language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(UnavailableError, match=rf"there is no {language} compiler .*apt install g"):
        asynchronous_library(layout)


def test_a_library_that_is_none(compiler: WriteCompiler) -> None:
    compiler()
    with pytest.raises(UnavailableError, match="could not be loaded"):
        asynchronous_library("arrays")


def test_a_chosen_compiler_of_cxx(compiler: WriteCompiler, monkeypatch: pytest.MonkeyPatch) -> None:
    log = compiler(action="exit 1")
    monkeypatch.setenv("CXX", str(log.with_name("fake-cc")))
    monkeypatch.delenv("CC")
    with pytest.raises(UnavailableError, match=r"the C\+\+ compiler .* failed .*CXX=\.\.\."):
        asynchronous_library("objects")
    (told,) = log.read_text().splitlines()
    assert "-std=c++17" in told.split()
    assert told.endswith("asynchronous_objects.cpp")


@pytest.mark.usefixtures("cache")
def test_a_full_cache(compiler: WriteCompiler) -> None:
    compiler(action="exit 0")
    with pytest.raises(UnavailableError, match=r"could not be compiled into .*free some space"):
        asynchronous_library("arrays")
