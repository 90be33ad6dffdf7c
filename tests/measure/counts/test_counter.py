import pytest

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.measure.counts.counter import Counter, instructions_in


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("events: Ir\nfn=main\n12 5\nsummary: 5\n", 5),
        ("summary: 42\n\ntotals: 58\n", 42),
        ("summary: 1 2 3\n", 1),
    ],
)
def test_the_total_of_an_output_is_read(tmp_path, text, total):
    (tmp_path / "out").write_text(text)
    assert instructions_in(tmp_path / "out") == total


@pytest.mark.parametrize("text", ["", "events: Ir\n", "summary: many\n"])
def test_an_output_without_a_total_is_named(tmp_path, text):
    (tmp_path / "out").write_text(text)
    with pytest.raises(FormatError, match=r"out' holds no total"):
        instructions_in(tmp_path / "out")


def test_an_output_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FormatError, match=r"no counts in '.*/out'"):
        instructions_in(tmp_path / "out")


def test_an_ordinary_process_cannot_count():
    with pytest.raises(UnavailableError, match="clock was not loaded"):
        Counter("dumps")
