"""C++ and Rust names in the form that perf prints."""

import shutil

import pytest

from slonana_analysis.readers.perf_data_file.symbols import name_filter
from slonana_analysis.readers.perf_data_file.symbols.demangle import demangled, note_on
from slonana_analysis.readers.perf_data_file.symbols.rust_names import legacy

needs_filter = pytest.mark.skipif(shutil.which("c++filt") is None, reason="there is no c++filt")


@needs_filter
@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        (b"_ZNK3foo3barEi", b"foo::bar"),
        (b"_Z3fooIiEvT_", b"foo<int>"),
        (b"_ZN3foo3barEv.constprop.0", b"foo::bar"),
        (
            b"_ZNKSt6vectorIiSaIiEE4sizeEv@@GLIBCXX_3.4",
            b"std::vector<int, std::allocator<int> >::size",
        ),
        (b"_ZZ3fooiENKUlvE_clEv", b"foo(int)::{lambda()#1}::operator()"),
        (b"_ZThn16_N3foo3barEi", b"non-virtual thunk to foo::bar(int)"),
        (b"_ZplRK1AS1_", b"operator+"),
        (b"_RNvNtCs1234_7mycrate3foo3bar", b"mycrate::foo::bar"),
        (b"_Znot_a_name", b"_Znot_a_name"),
        (b"main", b"main"),
        (b"i", b"i"),
    ],
)
def test_names_have_no_parameters(symbol, shown):
    assert demangled([symbol]) == [shown]


@pytest.mark.parametrize(
    ("symbol", "shown"),
    [
        (b"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", b"core::fmt::Write::write_fmt"),
        (
            b"_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17hb5f8b5ce11d4c3a5E",
            b"<alloc::string::String as core::fmt::Debug>::fmt",
        ),
        (
            b"_ZN3std10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE.llvm.12",
            b"std::lang_start::{{closure}}",
        ),
        (b"_ZN3foo3barEv", None),
        (b"_ZN9foo17h0123456789abcdefE", None),
        (b"_ZN99999foo17h0123456789abcdefE", None),
        (b"_ZN3a$u110000$17h0123456789abcdefE", None),
    ],
)
def test_rust_names_of_the_legacy_scheme_lose_their_hash(symbol, shown):
    assert legacy(symbol) == shown


@needs_filter
def test_a_name_that_would_grow_without_bound_is_left_and_the_others_are_not():
    """Each level of the pair repeats the one before twice: 2^60 characters."""
    bomb = b"_Z1fISt4pairIiiE" + b"".join(b"S%c_S%c_" % (x, x) for x in b"0123456789" * 6) + b"Ev"
    levels = b"_Z1f1aIiiE"
    for number in range(36):
        code = b"" if number == 0 else b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number - 1 : number]
        levels += b"1bIS%b_S%b_E" % (code, code)
    names = [b"_ZN3foo3barEv", levels, bomb, b"_ZN3foo3bazEv"]
    shown = demangled(names)
    assert shown[0] == b"foo::bar"
    assert shown[3] == b"foo::baz"
    assert len(shown[1]) < 1 << 26


def test_without_the_tool_names_stay_and_a_note_says_so(monkeypatch):
    monkeypatch.setattr(name_filter, "program", lambda: None)
    assert demangled([b"_ZN3foo3barEi"]) == [b"_ZN3foo3barEi"]
    assert "binutils" in note_on(["_ZN3foo3barEi"])
    assert note_on(["main"]) == ""


@needs_filter
@pytest.mark.parametrize("name", [b"_Z1f\nv", b"_Z 1fv", b"_Z" + b"9" * 70_000])
def test_names_that_are_no_word_are_not_sent(name):
    assert demangled([name, b"_Z1fv"]) == [name, b"f"]
