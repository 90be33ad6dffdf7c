"""Pairs of launches: order, table, outcomes, and what Ctrl-C leaves."""

import json

import pytest

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.measure.commands import pairs as module
from slonana_analysis.measure.commands.pairs import METRICS, run_pairs
from slonana_analysis.model.schema import SAMPLES

TRUE = ["true"]


def test_each_pair_has_both_commands_and_every_metric():
    seen = []
    pairs = run_pairs(
        (TRUE, ["sh", "-c", "exit 3"]), pairs=6, on_pair=lambda *step: seen.append(step)
    )
    samples = SAMPLES.conform(pairs.samples)
    assert len(samples) == 6 * 2 * len(METRICS)
    assert samples.groupby(["launch", "parameters"])["variant"].apply(set).map(len).eq(2).all()
    assert {json.loads(text)["metric"] for text in samples["parameters"]} == set(METRICS)
    assert pairs.outcomes == ({"exit 0": 6}, {"exit 3": 6})
    assert pairs.pairs == 6
    assert not pairs.interrupted
    assert seen == [(done, 6) for done in range(1, 7)]


def test_orders_differ_between_pairs_and_follow_the_seed():
    def orders(seed):
        samples = run_pairs((TRUE, TRUE), pairs=8, warm_ups=0, seed=seed).samples
        return samples.loc[samples["variant"] == "A", "order"].tolist()

    assert set(orders(1)) == {0, 1}
    assert orders(1) == orders(1)
    assert orders(1) != orders(2)


def test_ctrl_c_keeps_the_whole_pairs_there_are():
    def interrupt(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    pairs = run_pairs((TRUE, TRUE), pairs=50, on_pair=interrupt)
    assert pairs.interrupted
    assert pairs.pairs == 3


def test_ctrl_c_before_two_pairs_leaves_nothing_to_judge():
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_pairs((TRUE, TRUE), pairs=50, on_pair=interrupt)


def test_half_a_pair_never_counts(monkeypatch):
    launched = []
    original = module.Spawner.run

    def run(self, command, timeout):
        launched.append(command)
        if len(launched) == 6:
            raise KeyboardInterrupt
        return original(self, command, timeout)

    monkeypatch.setattr(module.Spawner, "run", run)
    pairs = run_pairs((TRUE, TRUE), pairs=50, warm_ups=0)
    assert pairs.pairs == 2
    assert sum(pairs.outcomes[0].values()) == sum(pairs.outcomes[1].values()) == 2


@pytest.mark.parametrize(
    "wrong", [{"pairs": 0}, {"pairs": 1, "warm_ups": -1}, {"pairs": 1, "timeout": 0.0}]
)
def test_numbers_out_of_range(wrong):
    with pytest.raises(UsageError, match="must be positive"):
        run_pairs((TRUE, TRUE), **wrong)


def test_a_command_without_a_word():
    with pytest.raises(UsageError, match="at least one word"):
        run_pairs((TRUE, []), pairs=2)


def test_a_missing_command_ends_it_at_once():
    with pytest.raises(UnavailableError, match="no-such-program"):
        run_pairs((TRUE, ["no-such-program"]), pairs=2)
