"""Collapsed stacks."""

import io

import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.folded import write_folded


def _folded(profile, **options):
    stream = io.StringIO()
    write_folded(profile, stream, **options)
    return stream.getvalue().splitlines()


def test_one_line_per_thread_name_and_stack(profile_of):
    profile = profile_of(
        ("main;a", 5, "w"), ("main;a", 2, "w"), ("main", 1, "w"), ("main;a", 3, "v"), ("", 4, "w")
    )
    assert sorted(_folded(profile)) == ["v;main;a 3", "w 4", "w;main 1", "w;main;a 7"]


def test_separators_and_invisible_text_in_names(profile_of):
    profile = profile_of(("a b;L<java>@m", 1, "x;y\nz"))
    assert _folded(profile) == ["x:y\\nz;a b;L<java> 1"]


def test_nameless_frames_are_called_after_their_module(profile_of):
    profile = profile_of(
        ("[unknown]@/lib/libc.so.6;[unknown]@[unknown];f@[kernel.kallsyms]", 1, "")
    )
    assert _folded(profile) == ["[unknown];[libc.so.6];[unknown];f 1"]


def test_one_event(profile_of):
    profile = profile_of(("a", 1, "t", -1, "cycles"), ("a", 7, "t", -1, "faults"))
    assert _folded(profile, event="faults") == ["t;a 7"]
    with pytest.raises(UsageError, match="several events"):
        _folded(profile)


def test_empty_profile(profile_of):
    assert _folded(profile_of()) == []
