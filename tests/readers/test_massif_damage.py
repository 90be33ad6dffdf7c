"""Damaged massif output: nothing is lost without being told, and nothing raises."""

import io
import random

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.readers import massif
from slonana_analysis.readers.massif import READER
from tests.readers.memory_text import (
    FIRST_TREE,
    MASSIF,
    PEAK_TREE,
    massif_snapshot,
    stacks_of,
)

HEAD = MASSIF.partition("#")[0]


def read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def check_ledger(profile):
    loss = profile.loss
    assert 0 <= loss.bytes_read <= loss.bytes
    assert loss.records == len(profile.snapshots)
    assert loss.reasons or (loss.bytes_read == loss.bytes and not loss.truncated)


def facts_of(profile):
    held = profile.held
    return [
        (tuple(row), stacks_of(profile, held[held["snapshot"] == number]))
        for number, row in enumerate(profile.snapshots.itertuples(index=False, name=None))
    ]


def test_cut_at_every_byte():
    whole = facts_of(read(MASSIF))
    begins = [place for place in range(len(MASSIF)) if MASSIF.startswith("#", place)][::2]
    ends = [*begins[1:], len(MASSIF)]
    for cut in range(1, len(MASSIF)):
        profile = read(MASSIF[:cut])
        check_ledger(profile)
        before = sum(end <= cut for end in ends)
        assert facts_of(profile) == whole[:before]
        assert profile.loss.truncated == (cut not in ends)
        inside = cut > begins[0] and cut not in ends
        assert profile.loss.dropped == (1 if inside else 0)
        kept = max([end for end in ends if end <= cut], default=0)
        if kept:
            assert profile.loss.bytes_read == kept


def test_a_cut_names_the_line():
    lines = MASSIF.count("\n")
    assert f"inside line {lines}" in read(MASSIF[:-1]).loss.reasons[0]
    text = "".join(MASSIF.splitlines(keepends=True)[:-3])
    assert f"behind line {lines - 3}" in read(text).loss.reasons[0]


@pytest.mark.parametrize(
    ("old", "new", "reason", "weight"),
    [
        ("  n0: 25 0x4F094A2", "  n0: 95 0x4F094A2", "hold more bytes than they do", 170),
        ("  n0: 25 0x4F094A2: start (in /lib/libc.so.6)\n", "", "lack callers", 100),
        (" n3: 90", " n4: 90", "lack callers", 100),
        (" n3: 90", " n2: 90", "more callers than they announce", 100),
        ("n2: 100 (heap", "n2: 120 (heap", "do not add up to the heap", 120),
    ],
)
def test_trees_that_contradict_themselves(old, new, reason, weight):
    text = MASSIF.replace(old, new) + massif_snapshot(3, 95, 0)
    profile = read(text)
    check_ledger(profile)
    assert len(profile.snapshots) == 4
    assert profile.weight == weight
    assert any(reason in said and "line" in said for said in profile.loss.reasons)
    assert not profile.loss.truncated


def test_lines_that_are_not_massifs_are_counted():
    garbage = "==123== Warning: set address range perms\n"
    profile = read(MASSIF.replace("  n0: 25", garbage + "  n0: 25"))
    assert profile.loss.bytes - profile.loss.bytes_read == len(garbage)
    assert profile.loss.reasons == ("1 lines are not massif's, the first at line 36",)
    assert profile.weight == 100


def test_a_node_too_deep_for_its_place():
    profile = read(MASSIF.replace("   n0: 60 0x10C", "     n0: 60 0x10C"))
    check_ledger(profile)
    assert profile.loss.truncated is False
    assert stacks_of(profile, profile.samples)["grow", "new_entry"] == 60


def test_a_snapshot_without_a_field_is_dropped():
    profile = read(MASSIF.replace("mem_heap_B=40\n", ""))
    assert profile.snapshots["heap"].tolist() == [0, 100]
    assert profile.loss.dropped == 1
    assert "a field of theirs is missing" in profile.loss.reasons[0]
    assert profile.held["snapshot"].unique().tolist() == [1]


def test_a_damaged_edge_costs_only_itself():
    parts = MASSIF.split("#-----------\n")
    text = "#-----------\n".join(parts[:3]) + "#x----------\n".join(["", *parts[3:4]])
    profile = read(text + "#-----------\n" + "#-----------\n".join(parts[4:]))
    assert profile.snapshots["heap"].tolist() == [0, 40, 100]


def test_missing_snapshots_and_trees_are_told():
    text = HEAD + massif_snapshot(0, 0, 0) + massif_snapshot(2, 5, 6, "detailed")
    profile = read(text + massif_snapshot(3, 6, 7))
    assert [said.split(",")[0] for said in profile.loss.reasons][:2] == [
        "1 snapshots announce a heap tree that is missing",
        "1 snapshots do not follow the number before them",
    ]


@pytest.mark.parametrize("number", ["-1", "1e5", "99999999999999999999", "0x10", ""])
def test_numbers_that_are_none(number):
    profile = read(MASSIF.replace("time=50", f"time={number}"))
    check_ledger(profile)
    assert profile.loss.dropped == 1


def test_huge_numbers_do_not_overflow():
    most = 10**18 - 1
    tree = f"n0: {most} (heap allocation functions) x\n"
    many = f"n9: {most} (heap) x\n" + f" n0: {most} 0x1: f (a.c:1)\n" * 40
    text = HEAD + massif_snapshot(0, 1, most, "detailed", tree)
    text += massif_snapshot(1, 2, most, "peak", many) + massif_snapshot(2, 3, 0)
    profile = read(text)
    assert profile.held["weight"].min() > 0
    assert "hold more bytes" in " ".join(profile.loss.reasons)


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"\0" * 100, b"desc: x\ncmd: y\n", bytes(range(256)), b"#" * 99]
)
def test_what_is_no_text_of_ours_gives_no_snapshots(text):
    profile = read(text)
    assert len(profile.snapshots) == len(profile.samples) == 0
    assert profile.loss.truncated


def test_blocks_make_no_difference(monkeypatch):
    whole = read(MASSIF)
    real = massif.line_blocks
    for size in (200, 333):
        monkeypatch.setattr(
            massif, "line_blocks", lambda stream, source, s=size: real(stream, source, s)
        )
        parts = read(MASSIF)
        assert facts_of(parts) == facts_of(whole)
        assert parts.loss == whole.loss


def test_cut_and_changed_trees_never_raise():
    chance = random.Random(5)
    raw = (MASSIF + massif_snapshot(3, 99, 40, "detailed", FIRST_TREE)).encode()
    for _ in range(400):
        text = bytearray(raw)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(text))
            text[place : place + chance.randint(0, 3)] = chance.choice(
                [b"", b"\n", b" ", b"9", b"n", b"\0", b"#", bytes([chance.randrange(256)])]
            )
        del text[chance.randint(len(text) // 2, len(text)) :]
        try:
            check_ledger(read(bytes(text)))
        except FormatError:
            continue


def test_every_node_line_counts():
    assert PEAK_TREE.count("\n") == 7
