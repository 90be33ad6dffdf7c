"""The grammar of call paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.path_query import parse_path


@pytest.mark.parametrize(
    ("query", "steps", "from_root", "to_the_end"),
    [
        ("main", 1, False, False),
        ("^main > * > ** > b$", 4, True, True),
        ("^ ** $", 1, True, True),
        ("foo(int, char) > operator new", 2, False, False),
        ("'operator>' > 'a$b'", 2, False, False),
        ('"a > \\"b\\" $" > c', 2, False, False),
    ],
)
def test_queries(query, steps, from_root, to_the_end):
    path = parse_path(query)
    assert (len(path.steps), path.from_root, path.to_the_end) == (steps, from_root, to_the_end)


def test_what_steps_take():
    exact, quoted, regex, one, more = parse_path('a b > \'>\' > "^x\\"" > * > **').steps
    assert exact("a b")
    assert not exact("a b c")
    assert quoted(">")
    assert regex('x"y')
    assert not regex("ax")
    assert one("")
    assert more is None


@pytest.mark.parametrize(
    ("query", "place"),
    [("", 1), ("> a", 1), ("a >", 4), ("a > > b", 4), ("a $ b", 4), ("a<b> > c", 5), ('a > "b', 4)],
)
def test_what_cannot_be_read(query, place):
    with pytest.raises(UsageError, match=f"cannot be read from its character {place} on"):
        parse_path(query)


def test_a_bad_regular_expression_is_named():
    with pytest.raises(UsageError, match=r'in the path .* "\(" is no regular expression'):
        parse_path('a > "("')


def test_too_many_steps():
    assert len(parse_path(" > ".join(["*"] * 62)).steps) == 62
    with pytest.raises(UsageError, match="at most 62 steps"):
        parse_path(" > ".join(["*"] * 63))


@given(st.text(alphabet="ab*>\"^$ \\'([\x1b", max_size=20))
def test_any_text_is_read_or_refused(query):
    said = ""
    try:
        parse_path(query)
    except UsageError as error:
        said = str(error)
    assert said.isprintable()
