"""Damaged callgrind text: nothing is lost without being told, and nothing raises."""

import gzip
import io
import random

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.readers.cachegrind import READER as CACHEGRIND
from slonana_analysis.readers.callgrind import READER
from tests.readers.callgrind_tables import calls, own_costs, totals

RECORDED = data_directory() / "callgrind-pipeline" / "callgrind.out.gz"

WHOLE = """# callgrind format
version: 1
creator: callgrind-3.19.0
cmd: prog
part: 1

positions: line
events: Ir Dr
summary: 1650 9

ob=(1) prog
fl=(1) a.c
fn=(1) main
10 50 7
cob=(2) lib.so
cfi=(2) b.c
cfn=(2) f
calls=3 7
+1 600 2
fi=(3) c.h
+5 1000

ob=(2)
fl=(2)
fn=(2)
7 600 2

totals: 1650 9
"""


def _read(text, reader=READER):
    raw = text if isinstance(text, bytes) else text.encode()
    return reader.read(io.BytesIO(raw), "test")


def _check_ledger(profile):
    loss = profile.loss
    assert 0 <= loss.bytes_read <= loss.bytes
    assert loss.records >= 0
    assert loss.dropped >= 0
    if loss.bytes_read < loss.bytes or loss.truncated or loss.dropped:
        assert loss.reasons


def test_the_whole_file_has_no_loss():
    profile = _read(WHOLE)
    assert totals(profile) == {"Ir": 1650, "Dr": 9}
    assert (profile.loss.records, profile.loss.reasons) == (4, ())


def test_cut_at_every_byte():
    whole = _read(WHOLE)
    for cut in range(len(WHOLE)):
        profile = _read(WHOLE[:cut])
        _check_ledger(profile)
        assert profile.loss.truncated
        # What is kept is what the whole lines before the cut say, and part of the whole.
        lines = WHOLE[: WHOLE.rfind("\n", 0, cut) + 1]
        before = _read(lines)
        assert own_costs(profile) == own_costs(before)
        assert calls(profile) == calls(before)
        assert profile.loss.records == before.loss.records
        assert own_costs(profile).items() <= own_costs(whole).items()
        assert calls(profile)[1].items() <= calls(whole)[1].items()


def test_recorded_file_cut_anywhere():
    text = gzip.decompress(RECORDED.read_bytes())
    whole = own_costs(_read(text))
    random_ = random.Random(3)
    for _ in range(25):
        profile = _read(text[: random_.randrange(2000, len(text))])
        _check_ledger(profile)
        assert profile.loss.truncated
        assert any("its body holds" in reason for reason in profile.loss.reasons)
        assert all(cost <= whole[place] for place, cost in own_costs(profile).items())


def test_cut_between_lines_says_what_is_missing():
    profile = _read(WHOLE[: WHOLE.index("ob=(2)\n")])
    assert profile.loss.reasons == (
        "the file ends without the line 'totals:' that the tool writes last",
        "the file declares 1650 Ir ('summary:'), its body holds 1050",
        "the file declares 9 Dr ('summary:'), its body holds 7",
    )
    assert profile.loss.bytes_read == profile.loss.bytes


def test_cut_within_a_line():
    profile = _read(WHOLE[: WHOLE.index(" 1000") + 3])
    assert totals(profile) == {"Ir": 50, "Dr": 7}
    assert profile.loss.dropped == 1
    assert "line 21" in profile.loss.reasons[0]


def test_cut_between_a_call_and_its_cost():
    profile = _read(WHOLE[: WHOLE.index("+1 600")])
    assert profile.edges.empty
    assert profile.loss.truncated
    assert profile.loss.dropped == 1
    assert profile.loss.bytes - profile.loss.bytes_read == len("calls=3 7\n")
    assert profile.loss.reasons[0].startswith("1 calls lack the cost line")


def test_totals_that_the_body_does_not_reach():
    profile = _read(WHOLE.replace("totals: 1650 9", "totals: 1651 9"))
    assert profile.loss.reasons == ("the file declares 1651 Ir ('totals:'), its body holds 1650",)
    assert not profile.loss.truncated


def test_a_larger_summary_is_no_loss_where_the_totals_are_reached():
    profile = _read(WHOLE.replace("summary: 1650 9", "summary: 1700 9"))
    assert profile.loss.reasons == ()
    assert profile.header["summary"] == "1700 Ir, 9 Dr"


def test_summary_alone():
    text = "events: Ir\nsummary: 12\nfn=f\n1 5\n"
    assert _read(text).loss.truncated
    assert not _read(text + "1 7\n").loss.reasons


def test_unreadable_lines_are_skipped_and_counted():
    garbage = "Segmentation fault\nfoo=bar\nfoo: bar\nfn=(99999999) x\n"
    profile = _read(WHOLE.replace("fi=(3)", garbage + "fi=(3)"))
    assert own_costs(profile) == own_costs(_read(WHOLE))
    assert profile.loss.bytes - profile.loss.bytes_read == len(garbage)
    assert profile.loss.reasons == ("4 lines are not callgrind text, the first at line 20",)


def test_damaged_cost_lines_are_dropped():
    damaged = "12 5x\n12 5 6 7\n- 4\n12 \x005\n0x 4\n"
    profile = _read(WHOLE.replace("fi=(3)", damaged + "fi=(3)"))
    assert totals(profile) == totals(_read(WHOLE))
    assert profile.loss.dropped == 5
    assert profile.loss.bytes - profile.loss.bytes_read == len(damaged)
    assert profile.loss.reasons == ("5 cost lines are damaged, the first at line 20",)


def test_a_call_whose_first_line_is_damaged_is_no_self_cost():
    for damaged in ("calls=x 7", "cxlls=3 7"):
        profile = _read(WHOLE.replace("calls=3 7", damaged))
        assert totals(profile) == totals(_read(WHOLE))
        assert profile.edges.empty
        assert profile.loss.dropped == 1


def test_a_call_without_costs_takes_none_of_another():
    profile = _read(WHOLE.replace("+1 600 2\n", ""))
    assert totals(profile) == {"Ir": 1650, "Dr": 9}
    assert profile.edges.empty
    assert profile.loss.dropped == 1


def test_numbers_that_stand_for_nothing():
    profile = _read(WHOLE.replace("fl=(1) a.c", "fl=(1)"))
    assert "(1)" in set(profile.frames["file"])
    assert totals(profile) == totals(_read(WHOLE))
    assert "stand for nothing" in profile.loss.reasons[0]


def test_source_lines_that_are_none():
    profile = _read(WHOLE.replace("10 50 7", "0xFFFFFFFFFF 50 7"))
    assert ("main", "prog", "a.c", 0, "Ir") in own_costs(profile)
    assert "have a source line that is none" in profile.loss.reasons[0]


def test_more_events_than_any_tool_has():
    names = " ".join(f"E{n}" for n in range(100))
    profile = _read(f"events: {names}\nfn=f\n1 {'1 ' * 100}\n")
    assert len(totals(profile)) == 64
    assert profile.loss.reasons == ("36 events beyond the first 64 were not read",)


def test_without_events():
    profile = _read("version: 1\nfn=f\n1 5\n")
    assert profile.samples.empty
    assert profile.loss.truncated
    assert profile.loss.dropped == 1


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"\0" * 100, b"\x89PNG\r\n\x1a\n" + bytes(range(256))]
)
def test_what_is_no_text_of_ours_gives_no_costs(text):
    profile = _read(text)
    assert profile.weight == 0
    _check_ledger(profile)


def test_names_of_any_bytes():
    profile = _read(b"events: Ir\nfl=\xff\nfn=(1) a\x00b\n1 5\n")
    assert profile.frames["file"].tolist() == ["\\xff"]
    assert profile.frames["function"].tolist() == ["a\0b"]


@pytest.mark.parametrize("reader", [READER, CACHEGRIND])
def test_mutations(reader):
    random_ = random.Random(4)
    text = WHOLE.encode()
    for _ in range(150):
        raw = bytearray(text)
        for _ in range(random_.randint(1, 6)):
            place = random_.randrange(len(raw))
            match random_.randint(0, 2):
                case 0:
                    raw[place] = random_.randrange(256)
                case 1:
                    del raw[place : place + random_.randint(1, 20)]
                case _:
                    raw[place:place] = raw[: random_.randint(1, 30)]
        try:
            profile = _read(bytes(raw), reader)
        except FormatError as error:
            assert "64 bits" in str(error)  # noqa: PT017
            continue
        _check_ledger(profile)
