"""Names that nobody has vetted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.profiles.names import frame_label, printable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("std::sort<int>(int*)", "std::sort<int>(int*)"),
        ("größe 函数", "größe 函数"),
        ("<script>alert(1)</script>|", "<script>alert(1)</script>|"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("left\u202eright\u2028", "left\\u202eright\\u2028"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
    ],
)
def test_printable(name, shown):
    assert printable(name) == shown


@given(name=st.text())
def test_printable_is_always_one_visible_line(name):
    shown = printable(name)
    assert shown.isprintable()
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("function", "module", "label"),
    [
        ("f", "/lib/libc.so.6", "f"),
        ("[unknown]", "/lib/libc.so.6", "[libc.so.6]"),
        ("[unknown]", "[kernel.kallsyms]", "[kernel.kallsyms]"),
        ("[unknown]", "[unknown]", "[unknown]"),
        ("", "", "[unknown]"),
    ],
)
def test_frame_label(function, module, label):
    assert frame_label(function, module) == label
