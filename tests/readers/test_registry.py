"""Choosing a reader: exactly one recognises a file, or the error says what to do."""

import gzip
import io
from importlib.metadata import EntryPoint

import pytest

from slonana_analysis.errors import FormatError, UnavailableError, UsageError
from slonana_analysis.readers import registry
from slonana_analysis.readers.perf_script import READER
from slonana_analysis.readers.registry import read_profile, readers

PERF_SAMPLES = ["perf-events.txt", "perf-header.txt", "perf-one-line.txt", "perf-srcline.txt"]
OTHERS = {
    "callgrind": b"# callgrind format\nversion: 1\ncreator: callgrind-3.19\n\nfn=(1) main\n",
    "massif": b"desc: --massif-out-file=x\ncmd: ./x\ntime_unit: i\n#-----------\nsnapshot=0\n"
    b"heap_tree=detailed\nn2: 4816 (heap allocation functions) malloc\n n1: 1024 0x1: f\n",
    "collapsed": b"main;a;b 12\nmain;a 3\n",
    "pcap": b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(40),
}
STRANGERS = {
    "elf": b"\x7fELF\x02\x01\x01" + bytes(100),
    "prose": b"# Notes\n\nA bad idea:\n\n  add dead beef\n\tcafe\n  face it: no\n",
    "csv": b"time,value\n1.000002,3\n2.5,4\n",
    "log": b"2026-11-23 01:21:41.123456: started\n[INFO] 12 listening on 8899: ok\n",
    "json": b'{"samples": [1, 2]}',
    "code": b"def f():\n\treturn 1\n\nclass A:\n\tpass\n",
}


class Twin:
    name = "twin"
    description = "everything"

    def sniff(self, head):
        return True

    def read(self, stream, source):
        return READER.read(stream, source)


TWIN = Twin()


@pytest.fixture
def plugged_in(monkeypatch):
    def install(**plugins):
        points = [EntryPoint(name, value, registry.GROUP) for name, value in plugins.items()]
        monkeypatch.setattr(registry, "entry_points", lambda group: points)

    return install


@pytest.mark.parametrize("name", PERF_SAMPLES)
def test_our_samples_have_exactly_one_reader(data, name):
    head = (data / name).read_bytes()[: 1 << 16]
    assert [reader.name for reader in readers().values() if reader.sniff(head)] == ["perf-script"]


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats_have_exactly_their_own(name):
    assert [reader.name for reader in readers().values() if reader.sniff(OTHERS[name])] == [name]


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_have_none(name):
    assert [reader.name for reader in readers().values() if reader.sniff(STRANGERS[name])] == []
    with pytest.raises(FormatError, match="perf-script"):
        read_profile(io.BytesIO(STRANGERS[name]))


def test_reading_a_file_packed_or_not(data, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(gzip.compress((data / "perf-events.txt").read_bytes()))
    plain = read_profile(data / "perf-events.txt")
    assert plain.loss == read_profile(str(path)).loss
    assert plain.weight == 3_250_151


def test_damaged_packing_is_in_the_ledger(data, tmp_path):
    path = tmp_path / "x.gz"
    raw = gzip.compress((data / "perf-events.txt").read_bytes())
    path.write_bytes(raw[:-200])
    loss = read_profile(path).loss
    assert loss.truncated
    assert loss.reasons[-1] == "the gzip data end early"
    assert 0 < loss.records < 23


def test_empty_file(tmp_path):
    path = tmp_path / "empty.txt"
    path.touch()
    for format_name in (None, "perf-script"):
        with pytest.raises(FormatError, match=r"empty\.txt is empty"):
            read_profile(path, format_name)


def test_missing_file_comes_before_any_guess(tmp_path):
    with pytest.raises(UnavailableError, match="No such file"):
        read_profile(tmp_path / "none")


def test_unknown_format(data):
    with pytest.raises(UsageError, match=r"called 'nonsense'; there are .*perf-script"):
        read_profile(data / "perf-events.txt", "nonsense")


def test_wrong_format_named(tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(STRANGERS["elf"])
    with pytest.raises(
        FormatError, match=r"nothing in .*picture\.png could be read as perf-script"
    ):
        read_profile(path, "perf-script")


def test_a_plugin_is_a_reader_like_ours(plugged_in):
    plugged_in(twin=f"{__name__}:Twin")
    with pytest.warns(UserWarning, match="'twin' is a type, not a Reader"):
        ours = list(readers())
    plugged_in(twin=f"{__name__}:TWIN")
    assert list(readers()) == [*ours, "twin"]


def test_a_plugin_that_fails_on_a_file_does_not_stop_the_others(monkeypatch, data):
    class Failing(Twin):
        def sniff(self, head):
            raise IndexError("no such byte")

    monkeypatch.setattr(registry, "_plugged_in", lambda: iter([Failing()]))
    with pytest.warns(UserWarning, match="'twin' failed on a file: no such byte"):
        assert read_profile(data / "perf-events.txt").weight == 3_250_151


def test_two_candidates_are_named(plugged_in, monkeypatch, data):
    monkeypatch.setattr(registry, "_plugged_in", lambda: iter([Twin()]))
    with pytest.raises(FormatError, match="could be any of perf-script, twin"):
        read_profile(data / "perf-events.txt")
    assert read_profile(data / "perf-events.txt", "twin").weight == 3_250_151


def test_a_broken_plugin_is_a_warning(plugged_in):
    plugged_in(broken="no_such_module_anywhere:READER")
    with pytest.warns(UserWarning, match=r"'broken' could not be loaded"):
        assert "broken" not in readers()


def test_a_taken_name_is_a_warning(monkeypatch):
    monkeypatch.setattr(registry, "_plugged_in", lambda: iter([READER]))
    with pytest.warns(UserWarning, match="the name is taken"):
        assert readers()["perf-script"] is READER
