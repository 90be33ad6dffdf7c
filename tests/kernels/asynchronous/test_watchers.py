import numpy as np
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.kernels.asynchronous import Watchers
from slonana_analysis.kernels.asynchronous.rules import Trigger
from tests.kernels.asynchronous.histories import LARGEST, changes, watcher_requests
from tests.kernels.asynchronous.oracle import WatcherOracle


def create(watchers, request):
    kind, program, account, trigger, offset, threshold, pattern = request
    program, account = f"program {program}", f"account {account}"
    if kind == 0:
        return watchers.create(program, account, trigger)
    if kind == 1:
        return watchers.create_threshold(
            program, account, trigger, offset=offset, threshold=threshold
        )
    return watchers.create_pattern(program, account, pattern, offset=offset)


def test_answers_what_the_validator_answered(recorded):
    watchers = Watchers()
    requests = zip(recorded["watch_create"].tolist(), recorded["watch_pattern"], strict=True)
    given = [create(watchers, (*request, bytes.fromhex(text))) for request, text in requests]
    assert given == recorded["watch_ids"].tolist()
    live = recorded["watch_live"]
    for event, old, new, number, fired in zip(
        recorded["watch_events"].tolist(),
        recorded["watch_old"],
        recorded["watch_new"],
        recorded["watch_nfired"],
        recorded["watch_fired"],
        strict=True,
    ):
        account, old_length, new_length, *lamports, slot = event
        found = watchers.check(
            f"account {account}",
            old[:old_length],
            new[:new_length],
            lamports=tuple(lamports),
            slot=slot,
        )
        assert found.size == number
        assert np.isin(live, found).tolist() == (fired != 0).tolist()


# In all more than a quarter of a million checks.
@pytest.mark.parametrize(
    ("seed", "count", "programs", "accounts", "checks"),
    [
        (1, 60, 4, 5, 200_000),
        (2, 9, 1, 2, 60_000),
        (3, 400, 7, 3, 3000),
        (4, 700, 40, 9, 3000),
    ],
)
def test_long_histories_agree_with_the_rules(seed, count, programs, accounts, checks):
    watchers, oracle = Watchers(), WatcherOracle()
    for request in watcher_requests(seed, count, programs, accounts):
        assert create(watchers, request) == create(oracle, request)
    for number in range(len(oracle.watchers) // 10):
        oracle.watchers[7 * number]["active"] = False
        assert watchers.set_active(7 * number + 1, active=False)
    of_account = group(oracle, accounts)
    for account, old, new, lamports, slot in changes(seed, checks, accounts):
        found = watchers.check(f"account {account}", old, new, lamports=lamports, slot=slot)
        wanted = of_account[account].check(f"account {account}", old, new, lamports, slot)
        identifiers = of_account[account].identifiers
        assert found.tolist() == [identifiers[each - 1] for each in wanted]
    for identifier, wanted in enumerate(oracle.watchers, start=1):
        found = vars(watchers.watcher(identifier))
        assert {key: wanted[key] for key in found} == found


def group(oracle, accounts):
    """Split an oracle by accounts, so that no check has to look at all watchers."""
    parts = []
    for number in range(accounts):
        part = WatcherOracle()
        part.identifiers = [
            place
            for place, watcher in enumerate(oracle.watchers, start=1)
            if watcher["account"] == f"account {number}"
        ]
        part.watchers = [oracle.watchers[place - 1] for place in part.identifiers]
        parts.append(part)
    return parts


def test_only_plain_watchers_are_limited_in_all():
    watchers = Watchers()
    plain = [watchers.create(f"program {i // 32}", "account", 0) for i in range(300)]
    assert plain == [*range(1, 257), *[0] * 44]
    threshold = {"offset": 0, "threshold": 0}
    assert watchers.create_threshold("other", "account", Trigger.ABOVE, **threshold) == 257
    assert watchers.create_pattern("other", "account", b"x", offset=0) == 258
    assert watchers.create_threshold("program 0", "account", Trigger.ABOVE, **threshold) == 0
    found = watchers.check("account", b"", b"x" * 8, lamports=(0, 0), slot=1)
    assert found.tolist() == list(range(1, 259))


@pytest.mark.parametrize("trigger", [0, 1, 2, 3, 6, 7])
def test_thresholds_are_above_or_below(trigger):
    assert Watchers().create_threshold("program", "account", trigger, offset=0, threshold=0) == 0


def test_the_first_slot_fires_nothing_and_an_earlier_one_may():
    watchers = Watchers()
    watchers.create("program", "account", Trigger.LAMPORT_CHANGE)
    slots = [0, 5, 5, 4, 0, 0, LARGEST]
    fired = [watchers.check("account", b"", b"", lamports=(1, 2), slot=slot).size for slot in slots]
    assert fired == [0, 1, 0, 1, 1, 0, 1]
    assert watchers.watcher(1).last_slot == LARGEST


def test_an_offset_near_the_end_of_64_bits_reads_nothing():
    watchers = Watchers()
    for offset in (LARGEST, LARGEST - 7, LARGEST - 3):
        watchers.create_threshold("p", "account", Trigger.ABOVE, offset=offset, threshold=-1)
        watchers.create_pattern("q", "account", b"\0" * 8, offset=offset)
    assert watchers.check("account", b"", bytes(64), lamports=(0, 1), slot=1).size == 0


def test_whoever_fires_keeps_the_new_state():
    watchers = Watchers()
    watchers.create("program", "account", Trigger.DATA_CHANGE)
    watchers.create("program", "account", Trigger.LAMPORT_CHANGE)
    data = np.frombuffer(b"old new", np.uint8)
    watchers.check("account", data[:3], data[4:], lamports=(0, 0), slot=1)
    assert (watchers.watcher(1).state, watchers.watcher(2).state) == (b"new", b"")
    watchers.check("account", data[4:], data[:3], lamports=(0, 1), slot=2)
    assert (watchers.watcher(1).state, watchers.watcher(2).state) == (b"old", b"old")


def test_nobody_watches_or_nobody_is_there():
    watchers = Watchers()
    assert watchers.check("account", b"", b"x", lamports=(0, 1), slot=1).size == 0
    assert watchers.watcher(0) is watchers.watcher(1) is None
    assert not watchers.set_active(1, active=True)


def test_strided_data_is_read_as_it_is_meant():
    watchers = Watchers()
    watchers.create("program", "account", Trigger.DATA_CHANGE)
    data = np.arange(16, dtype=np.uint8)
    assert watchers.check("account", data[::2], data[::2].copy(), lamports=(0, 0), slot=1).size == 0
    assert watchers.check("account", data[::2], data[::-2], lamports=(0, 0), slot=1).size == 1


def test_numbers_that_do_not_fit():
    watchers = Watchers()
    with pytest.raises(UsageError, match="trigger is 0 to 255, not -1"):
        watchers.create("program", "account", -1)
    with pytest.raises(UsageError, match="threshold is -2\\^63 to 2\\^63 - 1"):
        watchers.create_threshold("program", "account", 4, offset=0, threshold=1 << 63)
    with pytest.raises(UsageError, match="offset is 0 to 2\\^64 - 1, not -1"):
        watchers.create_pattern("program", "account", b"x", offset=-1)
    with pytest.raises(UsageError, match="slot is 0 to 2\\^64 - 1"):
        watchers.check("account", b"", b"", lamports=(0, 0), slot=1 << 64)
