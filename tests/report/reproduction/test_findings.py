from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.report.reproduction.findings import excerpt


def test_only_what_differs_is_shown():
    assert excerpt("a\nb\nc", "a\nx\nc") == ("- b", "+ x")
    assert excerpt("a\nc", "a\nb\nc") == ("+ b",)
    assert excerpt("a\nb\nc", "a\nc") == ("- b",)


def test_markup_on_one_line_is_compared_by_element():
    assert excerpt("<p><b>1</b></p>", "<p><b>2</b></p>") == ("- <b>1</b>", "+ <b>2</b>")


def test_a_long_line_is_shown_around_its_first_difference():
    before, after = excerpt("x" * 5000 + "old" + "y" * 5000, "x" * 5000 + "new" + "y" * 5000)
    assert "xold" in before
    assert "xnew" in after
    assert len(before) < 140
    assert before.startswith("- …")
    assert before.endswith("…")


def test_a_long_difference_is_cut():
    lines = excerpt("\n".join(map(str, range(10_000))), "\n".join(map(str, range(5, 9_000, 2))))
    assert len(lines) == 13
    assert lines[-1] == "…"


def test_nothing_of_a_file_reaches_a_terminal_unescaped():
    (before, after) = excerpt("\x1b[2J", "\u202etxt")
    assert (before, after) == ("- \\x1b[2J", "+ \\u202etxt")


@given(st.text(), st.text())
def test_texts_differ_exactly_when_something_is_shown(one, other):
    assert bool(excerpt(one, other)) == (one.replace("><", ">\n<") != other.replace("><", ">\n<"))
    assert all(line.isprintable() for line in excerpt(one, other))
