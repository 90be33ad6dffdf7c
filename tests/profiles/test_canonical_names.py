"""Names without what one build or one run gave them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.canonical_names import ALL_RULES, RULES, canonical_names

FUNCTIONS = [
    ("addresses", "0x7f12345678ab", "0x*"),
    ("addresses", "[heap] 0x55d0c0ffee", "[heap] 0x*"),
    ("hashes", "core::ops::call_once::h0123456789abcdef", "core::ops::call_once"),
    ("hashes", "core[8d1b2c0123456789]::fmt", "core::fmt"),
    ("hashes", "run.llvm.1234567", "run"),
    ("clones", "sort.constprop.0.isra.1", "sort"),
    ("clones", "sort.part.0", "sort"),
    ("clones", "sort.cold", "sort"),
    ("clones", "sort.lto_priv.12", "sort"),
    ("clones", "sort(int*) [clone .part.0] [clone .cold]", "sort(int*)"),
    ("lambdas", "run::{lambda(int, char)#3}::operator()", "run::{lambda(int, char)#*}::operator()"),
    ("lambdas", "run::{closure#12}", "run::{closure#*}"),
    ("lambdas", "run::$_4::operator()", "run::$_*::operator()"),
    ("lambdas", "main.serve.func2.1", "main.serve.func*"),
    ("anonymous", "_GLOBAL__N_1::run", "(anonymous namespace)::run"),
    ("anonymous", "{anonymous}::run", "(anonymous namespace)::run"),
    ("directories", "<impl at /build/x/src/lib.rs:12:3>::run", "<impl at lib.rs:*>::run"),
]
UNTOUCHED = [
    "std::vector<int, 0x10>",
    "operator/",
    "github.com/a/b.(*T).Run",
    "part.0",
    "x264_encode",
    "h0123456789abcdef",
    "",
    "[unknown]",
]


@pytest.mark.parametrize(("rule", "name", "canonical"), FUNCTIONS)
def test_functions(rule, name, canonical):
    assert canonical_names([name]) == [canonical]
    assert canonical_names([name], rules=ALL_RULES - {rule}) != [canonical]


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_only_looks_like_it_stays(name):
    assert canonical_names([name]) == [name]


def test_modules():
    names = ["/tmp/b-1/release/app", "/usr/lib/libc.so.6 (deleted)", "/tmp/perf-12.map"]
    assert canonical_names(names, "module") == ["app", "libc.so.6", "perf-*.map"]
    assert canonical_names(["[kernel.kallsyms]", "//anon"], "module") == [
        "[kernel.kallsyms]",
        "//anon",
    ]


def test_threads():
    names = ["worker-12", "pool-1-thread-3", "kworker/0:1", "tokio3", "x264", "main"]
    canonical = ["worker-*", "pool-*-thread-*", "kworker/*:*", "tokio*", "x264", "main"]
    assert canonical_names(names, "thread") == canonical
    assert canonical_names(["worker-12"]) == ["worker-12"]


def test_rules_are_documented_and_can_all_be_switched_off():
    assert all(rule.meaning and rule.steps for rule in RULES)
    names = [name for _, name, _ in FUNCTIONS]
    assert canonical_names(names, rules=()) == names


def test_unknown_rules_and_kinds():
    with pytest.raises(UsageError, match="no rule for names is called 'hash'"):
        canonical_names(["a"], rules={"hash"})
    with pytest.raises(UsageError, match="not of a 'file'"):
        canonical_names(["a"], "file")


def test_a_name_of_nothing_but_suffixes_stays_a_name():
    assert canonical_names([".cold"]) == [".cold"]


@given(st.lists(st.text(max_size=60)))
def test_canonical_names_are_canonical(names):
    once = canonical_names(names)
    assert len(once) == len(names)
    assert all(new or not old for new, old in zip(once, names, strict=True))


def test_very_long_names_are_left_alone():
    name = "a" + ".cold" * 10_000
    assert canonical_names([name]) == [name]
