"""What a gate stops at, and that it never passes because it saw nothing."""

import pandas as pd
import pytest

from slonana_analysis.compare.gate import failing, gate_words
from slonana_analysis.errors import UnavailableError, UsageError


def _verdicts(*words):
    return pd.DataFrame({"verdict": list(words)})


def test_words_are_separated_by_commas():
    assert gate_words("regressed, not measured") == ("regressed", "not measured")


@pytest.mark.parametrize("text", ["", ",", "slower", "regressed,slower"])
def test_what_is_no_verdict_is_refused_with_the_list(text):
    with pytest.raises(UsageError, match="improved, regressed, same, inconclusive, not measured"):
        gate_words(text)


def test_it_stops_at_what_it_names_only():
    verdicts = _verdicts("same", "regressed", "improved", "regressed")
    assert failing(verdicts, ["regressed"]).index.tolist() == [1, 3]
    assert failing(verdicts, ["inconclusive"]).empty


def test_nothing_measured_is_no_pass():
    with pytest.raises(UnavailableError, match="none of 2 comparisons was measured"):
        failing(_verdicts("not measured", "not measured"), ["regressed"])
    with pytest.raises(UnavailableError, match="there was no comparison"):
        failing(_verdicts(), ["regressed"])


def test_nothing_measured_can_itself_be_what_is_named():
    assert len(failing(_verdicts("not measured"), ["not measured"])) == 1
