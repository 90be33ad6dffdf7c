"""Simulated machines, so that no test of the harness looks at a real clock."""

import os

import numpy as np
import pytest

from slonana_analysis.measure.subject import Case, Variant


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory):
    """Compile into a directory of this session, never into the user's own cache."""
    previous = os.environ.get("SLONANA_CACHE")
    os.environ["SLONANA_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if previous is None:
        del os.environ["SLONANA_CACHE"]
    else:
        os.environ["SLONANA_CACHE"] = previous


class SimulatedMachine:
    """A clock that drifts, jumps and stalls, and that every batch moves on."""

    def __init__(self, seed=0, *, drift=0.0, jump=0.0, stall=0.0):
        self._random = np.random.default_rng(seed)
        self._drift, self._jump, self._stall = drift, jump, stall
        self._level = 0.0

    def slowdown(self):
        self._level += self._random.normal(0, self._drift)
        if self._random.random() < self._jump:
            self._level += self._random.normal(0, 0.5)
        stalled = self._random.random() < self._stall
        return float(np.exp(self._level)) * (1 + stalled * self._random.pareto(1.0))


class SimulatedBatch:
    """``fixed`` nanoseconds, and ``cost`` more per repetition, on a simulated machine."""

    def __init__(self, cost, *, fixed=25.0, machine=None):
        self.cost, self.fixed = cost, fixed
        self.machine = machine or SimulatedMachine()
        self.asked = []

    def __call__(self, inner):
        self.asked.append(inner)
        return round((self.fixed + inner * self.cost) * self.machine.slowdown())


class SimulatedLoop(SimulatedBatch):
    """A batch that also knows the cost of its empty loop."""

    def empty(self, inner):
        return round(self.fixed + inner * 0.5)


@pytest.fixture
def machine():
    return SimulatedMachine


@pytest.fixture
def batch():
    return SimulatedBatch


@pytest.fixture
def loop():
    return SimulatedLoop


@pytest.fixture
def simulated_case():
    """Build a case of simulated variants: {name: ns per repetition}."""

    def build(costs, machine=None, **parameters):
        machine = machine or SimulatedMachine()
        return Case(
            "simulated",
            parameters or {"size": 64},
            tuple(
                Variant(name, SimulatedLoop(cost, machine=machine), lambda: np.arange(4))
                for name, cost in costs.items()
            ),
        )

    return build
