"""DHAT's JSON: what the recorded files hold, and what is whole of damaged ones."""

import io
import json

import pytest

from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.profiles.functions import functions
from slonana_analysis.readers import dhat
from slonana_analysis.readers.dhat import READER
from slonana_analysis.readers.registry import read_profile
from tests.readers.callgrind_tables import totals

DATA = data_directory() / "dhat-pipeline"

WHOLE = """{"dhatFileVersion":2
,"mode":"heap","verb":"Allocated"
,"bklt":true,"bkacc":true
,"tu":"instrs","Mtu":"Minstr"
,"cmd":"/opt/prog --fast"
,"pid":7
,"te":100
,"pps":
 [{"tb":100,"tbk":2,"tl":9
  ,"gb":60,"gbk":1
  ,"eb":0,"ebk":0
  ,"rb":5,"wb":8
  ,"acc":[-8,1]
  ,"fs":[1,2,3]
  }
 ,{"tb":7,"tbk":1
  ,"fs":[1,3]
  }
 ]
,"ftbl":
 ["[root]"
 ,"0x1: malloc (vg_replace_malloc.c:381)"
 ,"0x2: grow(int) (in /opt/prog)"
 ,"0x3: main (src/main.rs:12:5)"
 ]
}
"""


def _read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return READER.read(io.BytesIO(raw), "test")


def test_small_file():
    profile = _read(WHOLE)
    assert totals(profile) == {
        "bytes": 107,
        "blocks": 3,
        "at-peak bytes": 60,
        "at-peak blocks": 1,
        "reads": 5,
        "writes": 8,
    }
    assert profile.units["at-peak blocks"] == "blocks"
    assert (profile.unit_of("reads"), profile.unit) == ("bytes", "bytes")
    assert list(profile.frames.itertuples(index=False, name=None)) == [
        ("malloc", "", "vg_replace_malloc.c", 381),
        ("grow(int)", "/opt/prog", "", 0),
        ("main", "", "src/main.rs", 12),
    ]
    rows = functions(profile, "bytes").set_index("function")
    assert rows["inclusive"].to_dict() == {"malloc": 107, "grow(int)": 100, "main": 107}
    assert rows["self"].to_dict() == {"malloc": 107, "grow(int)": 0, "main": 0}
    assert profile.threads.iloc[0].tolist() == [7, -1, "prog"]
    assert (profile.loss.records, profile.loss.reasons) == (2, ())
    assert profile.loss.bytes_read == profile.loss.bytes == len(WHOLE)


def test_events_of_ad_hoc_mode_bear_their_own_names():
    text = WHOLE.replace('"mode":"heap"', '"mode":"ad-hoc","bu":"unit","bsu":"units"')
    text = text.replace('"pid":7', '"pid":7,"bksu":"events"')
    found = totals(_read(text))
    assert (found["units"], found["events"]) == (107, 3)


def test_recorded_heap():
    # "Total: 19,251,640 bytes in 46,902 blocks" and the lines below it, as valgrind printed them.
    profile = read_profile(DATA)
    assert totals(profile) == {
        "bytes": 19_251_640,
        "blocks": 46_902,
        "at-peak bytes": 6_377_426,
        "at-peak blocks": 2_339,
        "reads": 675_039_954,
        "writes": 28_581_302,
    }
    assert profile.loss.reasons == ()
    assert functions(profile, "blocks")["inclusive"].max() <= 46_902


def test_recorded_copies():
    profile = read_profile(DATA / "dhat.copy.json")
    assert totals(profile) == {"bytes": 13_085_440, "blocks": 40_139}
    assert profile.header["mode"] == "copy"


def test_cut_at_every_byte():
    points = json.loads(WHOLE)["pps"]
    ends = [WHOLE.index("}\n ,{") + 1, WHOLE.index("}\n ]") + 1]
    for cut in range(1, len(WHOLE) - 1):
        profile = _read(WHOLE[:cut])
        before = sum(end <= cut for end in ends)
        assert profile.loss.records == before
        assert totals(profile).get("bytes", 0) == sum(point["tb"] for point in points[:before])
        assert profile.loss.truncated
        assert profile.loss.reasons
        assert 0 <= profile.loss.bytes_read <= profile.loss.bytes == cut


def test_frames_without_a_name_keep_their_number():
    profile = _read(WHOLE[: WHOLE.index('"0x3: main')])
    assert profile.frames["function"].tolist() == ["malloc", "grow(int)", "[frame 3]"]
    assert "2 frames have no name" in profile.loss.reasons[2]
    assert totals(profile) == totals(_read(WHOLE))


def test_a_damaged_program_point_is_passed_over():
    profile = _read(WHOLE.replace('"rb":5,"wb":8', '"rb":5;"wb":8'))
    assert totals(profile) == {"bytes": 7, "blocks": 1}
    assert (profile.loss.dropped, profile.loss.records, profile.loss.truncated) == (1, 1, False)
    assert "the first at line 9" in profile.loss.reasons[0]
    assert profile.frames["function"].tolist() == ["malloc", "main"]


@pytest.mark.parametrize(
    "damage", ['"tb":-1', '"tb":1.5', '"tb":"x"', '"tb":true', f'"tb":{2**63}', '"tb":null']
)
def test_counts_that_are_none(damage):
    profile = _read(WHOLE.replace('"tb":7', damage))
    assert (profile.loss.records, profile.loss.dropped) == (1, 1)
    assert totals(profile)["bytes"] == 100


def test_another_version_is_said():
    profile = _read(WHOLE.replace('"dhatFileVersion":2', '"dhatFileVersion":3'))
    assert profile.loss.reasons == ("the file is of version 3, and was read as version 2",)


def test_deep_nesting_ends_nothing_but_its_value():
    profile = _read(WHOLE.replace('"te":100', '"te":' + "[" * 100_000))
    assert profile.loss.truncated
    assert profile.samples.empty


def test_larger_files_than_are_read(monkeypatch):
    monkeypatch.setattr(dhat, "_LARGEST", 100)
    with pytest.raises(dhat.FormatError, match="more than is read"):
        _read(WHOLE)


@pytest.mark.parametrize("text", ["", "{", "[]", "\0" * 9, '{"dhatFileVersion"'])
def test_what_is_no_file_of_ours(text):
    assert not READER.sniff(text.encode())
    assert _read(text).samples.empty


def test_recognised_by_content():
    assert READER.sniff(WHOLE.encode())
    assert READER.sniff((DATA / "dhat.copy.json").read_bytes())
