"""The ratio to the frozen kernel: per launch, per subject, whatever the machine was doing."""

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.reference_ratio import reference_effects
from slonana_analysis.model.reserved import REFERENCE
from slonana_analysis.model.schema import SAMPLES


def samples(times, *, rounds=5, launches=2, slowness=None, reference=40.0):
    """Samples of variants with these times; `slowness(launch, round)` multiplies all of a round."""
    slowness = slowness or (lambda _launch, _round: 1.0)
    subjects = dict(times) | ({REFERENCE: reference} if reference else {})
    rows = [
        {
            "run": "",
            "experiment": "sum",
            "variant": variant,
            "parameters": "{}",
            "launch": launch,
            "round": round_,
            "order": 0,
            "value": time * slowness(launch, round_),
            "unit": "ns",
            "inner": 1,
            "harness_ns": float("nan"),
        }
        for launch in range(launches)
        for round_ in range(rounds)
        for variant, time in subjects.items()
    ]
    return SAMPLES.conform(pd.DataFrame(rows)) if rows else SAMPLES.empty()


def test_what_slows_the_whole_machine_leaves_the_ratio():
    noisy = samples(
        {"a": 10.0, "b": 20.0}, slowness=lambda launch, round_: 1 + launch + 0.3 * round_
    )
    effects = reference_effects(noisy)
    assert effects["variant"].tolist() == ["a", "b", "a", "b"]
    assert effects["launch"].tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(effects["effect"], np.log([0.25, 0.5, 0.25, 0.5]))
    assert effects["value"].iloc[0] == pytest.approx(10.0 * 1.6)


def test_one_disturbed_round_does_not_move_the_median():
    disturbed = samples({"a": 10.0})
    is_third = (disturbed["round"] == 3) & (disturbed["variant"] == "a")
    disturbed.loc[is_third, "value"] *= 100
    np.testing.assert_allclose(reference_effects(disturbed)["effect"], np.log(0.25))


@pytest.mark.parametrize("none", [samples({"a": 1.0}, reference=None), samples({}, launches=0)])
def test_without_the_frozen_kernel_there_is_nothing_to_carry(none):
    assert reference_effects(none).empty
