"""Measurements made of arithmetic: no clock, so every verdict is exact."""

import json

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.model import schema
from slonana_analysis.model.measurement import Measurement


@pytest.fixture
def synthetic():
    """Build a measurement from true effects: {variant: relative effect}, the first is baseline."""

    def build(effects, *, launches=15, rounds=21, noise=0.002, drift=0.3, seed=0, failed=()):
        random = np.random.default_rng(seed)
        names = list(effects)
        samples, checks = [], []
        identity = {"run": "", "experiment": "sum", "parameters": json.dumps({"size": 64})}
        for launch in range(launches):
            level = 100 * np.exp(random.normal(0, drift))
            for variant in names:
                for check in ("output", "linear"):
                    passed = (variant, check) not in failed
                    checks.append(
                        identity
                        | {"variant": variant, "baseline": names[0], "launch": launch}
                        | {"check": check, "passed": passed, "observed": 1.0, "limit": 1.0}
                    )
            for round_ in range(rounds):
                moment = level * np.exp(random.normal(0, drift))
                for order, variant in enumerate(random.permutation(names)):
                    value = moment * (1 + effects[variant]) * np.exp(random.normal(0, noise))
                    samples.append(
                        identity
                        | {"variant": variant, "launch": launch, "round": round_, "order": order}
                        | {"value": value, "unit": "ns", "inner": 100, "harness_ns": 0.5}
                    )
        return Measurement(
            schema.SAMPLES.conform(pd.DataFrame(samples)),
            schema.CHECKS.conform(pd.DataFrame(checks)),
        )

    return build
