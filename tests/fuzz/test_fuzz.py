"""Every reader gets broken files, a few in each test run and many in ``make fuzz``."""

import pytest

from slonana_analysis.readers.registry import readers
from tests.fuzz.campaign import campaign
from tests.fuzz.corpus import samples
from tests.fuzz.mutations import MUTATIONS, mutated

INPUTS = 150


@pytest.mark.parametrize("reader", sorted(readers()))
def test_broken_files_are_read_or_refused_and_never_believed(reader):
    assert samples(reader), f"{reader} has no sample under data/ or tests/data/ to break"
    assert [str(finding) for finding in campaign(reader, INPUTS)] == []


def test_a_seed_makes_the_same_file_again():
    text = b"main;a 1\nmain;b 22\n" * 20
    assert [mutated(text, seed) for seed in range(50)] == [
        mutated(text, seed) for seed in range(50)
    ]
    assert len({mutated(text, seed)[0] for seed in range(200)}) > 150
    assert {mutation.__name__ for mutation in MUTATIONS} >= {"cut", "flip", "drop"}


def test_a_cut_is_a_beginning():
    text = b"main;a 1\nmain;b 22\n" * 20
    cuts = [broken for broken, only_cut in (mutated(text, seed) for seed in range(200)) if only_cut]
    assert len(cuts) > 10
    assert all(text.startswith(broken) and len(broken) < len(text) for broken in cuts)
