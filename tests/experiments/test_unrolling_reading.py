import pandas as pd
import pytest

from slonana_analysis.experiments.cpu.sum_source import sum_variants
from slonana_analysis.experiments.cpu.unrolling_reading import GUIDE, reading


def table(cycles, levels=("L1", "DRAM")):
    rows = [
        {"dtype": "float32", "level": level, "variant": v.name, "form": v.form, "fold": v.fold}
        | {"cycles": cycles(v), "ns": cycles(v) / 3, "roof": 0.01}
        for level in levels
        for v in sum_variants()
    ]
    return pd.DataFrame(rows)


def verdicts(words):
    return pd.DataFrame({"variant": [GUIDE] * len(words), "verdict": words})


def chained(variant):
    """Cycles per element of a machine whose addition takes four cycles."""
    if variant.form in {"guide form", "many accumulators"}:
        return 4.0 / variant.fold
    return 0.125 if variant.form == "reassociation allowed" else 4.0


def test_it_tells_the_chain_from_the_unrolling():
    text = reading(table(chained), verdicts(["improved"]))
    assert "rolled 4.00" in text
    assert "four-fold form 1.00 (4.0 times as fast)" in text
    assert "onto one accumulator 4.00 (no faster)" in text
    assert "0.25 (16-fold, many accumulators)" in text
    assert "vectorised loop 0.12 (2.0 times as fast" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["improved", "improved"], "holds in every case"),
        (["improved", "same"], "holds in some of the cases"),
        (["same", "regressed"], "does not hold in the cases"),
        (["inconclusive"], "cannot be told from so few launches"),
    ],
)
def test_the_claim_follows_the_verdicts(words, sentence):
    assert sentence in reading(table(chained), verdicts(words))


def test_a_level_that_was_not_measured_is_said():
    text = reading(table(chained, levels=("L1",)), verdicts(["improved"]))
    assert "Not measured with this preset" in text
