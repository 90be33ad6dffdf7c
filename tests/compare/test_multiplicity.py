"""Many comparisons: what chance would give is taken back, and the count is stated."""

import numpy as np
import pandas as pd
import pytest

from slonana_analysis.compare.multiplicity import control_false_discoveries
from slonana_analysis.compare.verdicts import judge_effects


def _verdicts(p_values, words):
    return pd.DataFrame({"verdict": words, "p_value": p_values, "reason": "", "comparisons": 0})


def test_one_borderline_change_among_many_is_taken_back():
    p_values = [0.009, *np.linspace(0.1, 1, 19)]
    controlled = control_false_discoveries(_verdicts(p_values, ["regressed"] + ["same"] * 19))
    assert controlled["verdict"].tolist() == ["inconclusive"] + ["same"] * 19
    assert "among 20 comparisons" in controlled["reason"].iloc[0]
    assert (controlled["reason"].iloc[1:] == "").all()


def test_alone_or_among_clear_ones_it_stands():
    assert control_false_discoveries(_verdicts([0.009], ["improved"]))["verdict"][0] == "improved"
    many = _verdicts([0.009] + [1e-6] * 19, ["improved"] * 20)
    assert (control_false_discoveries(many)["verdict"] == "improved").all()


def test_what_was_not_measured_does_not_count_and_stays():
    verdicts = _verdicts([0.004, np.nan, np.nan], ["regressed", "not measured", "not measured"])
    controlled = control_false_discoveries(verdicts)
    assert controlled["verdict"].tolist() == verdicts["verdict"].tolist()
    assert controlled["comparisons"].tolist() == [1, 0, 0]


@pytest.mark.parametrize("comparisons", [5, 50])
def test_a_report_on_nothing_but_noise_seldom_calls_anything(comparisons):
    """300 reports whose launches differ by noise alone, far above the floor."""
    random = np.random.default_rng(comparisons)
    with_any = 0
    for _ in range(300):
        verdicts = [
            judge_effects(random.normal(0, 0.2, 10), floor=0.01) for _ in range(comparisons)
        ]
        table = _verdicts([v.p_value for v in verdicts], [v.word for v in verdicts])
        called = control_false_discoveries(table)["verdict"].isin(["improved", "regressed"])
        with_any += bool(called.any())
    # Without an effect anywhere the false-discovery rate is the rate of reports that call any:
    # 1 % is 3 of 300, and 4 sigma more 10.
    assert with_any <= 10
