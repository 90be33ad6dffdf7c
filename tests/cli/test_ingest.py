"""The verb ingest, called as users call it."""

import gzip
import json
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.cli import main

DATA = Path(__file__).parent.parent / "data"
EVENTS = str(DATA / "perf-events.txt")
HEADER = str(DATA / "perf-header.txt")
FACTS = {
    "file": HEADER,
    "format": "perf-script",
    "tool": "perf",
    "event": "cpu-clock:ppp",
    "unit": "ns",
    "samples": 12,
    "weight": 60_301_500,
    "stacks": 5,
    "functions": 4,
}


@pytest.fixture
def ingest(capsys):
    def call(*arguments):
        code = main(["ingest", *map(str, arguments)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return call


def test_json_is_the_contract(ingest):
    code, out, err = ingest("--json", HEADER)
    facts = json.loads(out)
    loss = facts.pop("loss")
    assert code == 0
    assert err == ""
    assert list(facts) == list(FACTS)
    assert facts == FACTS
    size = Path(HEADER).stat().st_size
    assert loss == {
        "bytes": size,
        "bytes_read": size,
        "records": 12,
        "dropped": 0,
        "truncated": False,
        "reasons": [],
    }


def test_json_prints_one_object_per_file_and_line(ingest):
    code, out, _ = ingest("--json", HEADER, EVENTS)
    assert code == 0
    assert [json.loads(line)["samples"] for line in out.splitlines()] == [12, 23]


def test_summary(ingest):
    code, out, _ = ingest(EVENTS, "--top", "3")
    assert code == 0
    assert "23 samples of page-faults,sched:sched_switch,cpu-clock:u" in out
    assert "nothing lost" in out
    assert "__schedule" in out


def test_one_event_of_several(ingest):
    code, out, _ = ingest(EVENTS, "--event", "sched:sched_switch", "--to", "folded")
    assert code == 0
    assert sum(int(line.rpartition(" ")[2]) for line in out.splitlines()) == 2
    code, _, err = ingest(EVENTS, "--to", "folded")
    assert code == 2
    assert "name one of page-faults" in err


def test_one_unreadable_file_does_not_stop_the_others(ingest, tmp_path):
    stranger = tmp_path / "stranger.bin"
    stranger.write_bytes(bytes(range(256)))
    code, out, err = ingest("--json", tmp_path / "none", HEADER, stranger, EVENTS)
    assert code == 3
    assert [json.loads(line)["samples"] for line in out.splitlines()] == [12, 23]
    first, second = err.splitlines()
    assert "none cannot be read (No such file or directory)" in first
    assert "stranger.bin is in no format known here" in second


def test_unknown_format(ingest):
    code, _, err = ingest("--format", "nonsense", HEADER)
    assert code == 2
    assert err.startswith("slonana-analysis: no reader is called 'nonsense'; there are cachegrind,")
    assert err.count("\n") == 1


def test_truncated_file_is_read_and_told(ingest, tmp_path):
    path = tmp_path / "cut.gz"
    path.write_bytes(gzip.compress(Path(EVENTS).read_bytes()[:-30]))
    code, out, _ = ingest("--json", path)
    loss = json.loads(out)["loss"]
    assert code == 0
    assert (loss["truncated"], loss["dropped"], loss["records"]) == (True, 1, 22)
    code, out, _ = ingest(path)
    assert code == 0
    assert "lost: 1 records" in out


def test_folded_file(ingest, tmp_path):
    assert ingest(HEADER, "-o", tmp_path / "x.folded") == (0, "", "")
    lines = (tmp_path / "x.folded").read_text().splitlines()
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == 60_301_500
    assert all(line.startswith("w;__libc_start_call_main;main") for line in lines)


def test_csv_file(ingest, tmp_path):
    assert ingest(HEADER, "-o", tmp_path / "x.csv")[0] == 0
    table = pd.read_csv(tmp_path / "x.csv")
    assert table["self"].sum() == 60_301_500
    assert table["function"].is_unique


def test_parquet_folder(ingest, tmp_path):
    assert ingest(HEADER, "-o", tmp_path / "x.parquet")[0] == 0
    assert len(pd.read_parquet(tmp_path / "x.parquet" / "samples.parquet")) == 12
    code, _, err = ingest(HEADER, "-o", tmp_path / "x.parquet")
    assert code == 2
    assert "exists already" in err


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_flame_graph_file(ingest, tmp_path, suffix):
    assert ingest(HEADER, "-o", tmp_path / f"x.{suffix}")[0] == 0
    text = (tmp_path / f"x.{suffix}").read_text()
    assert "__libc_start_call_main" in text
    assert "<svg" in text


def test_hostile_names_are_harmless_in_every_output(ingest, tmp_path):
    path = tmp_path / "hostile.txt"
    name = b"\x1b[2J<script>alert(1)</script>|;a"
    path.write_bytes(b"w\x1b[1m  8117  1.000002:   9 cycles: \n\t 7f " + name + b" (/m\x07)\n\n")
    code, out, _ = ingest(path)
    assert code == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    for suffix in ("folded", "csv", "svg", "html"):
        assert ingest(path, "-o", tmp_path / f"x.{suffix}")[0] == 0
        text = (tmp_path / f"x.{suffix}").read_text()
        assert "\x1b" not in text, suffix
        assert "<script>alert" not in text or suffix in ("folded", "csv")
    assert (tmp_path / "x.folded").read_text().count(";") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--to", "parquet", HEADER], "name where it goes with -o"),
        (["-o", "x.folded", HEADER, EVENTS], "single file"),
        (["-o", "x.xyz", HEADER], "names nothing that can be written"),
        (["--json", "--to", "csv", HEADER], "choose one"),
    ],
)
def test_wrong_calls(ingest, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = ingest(*arguments)
    assert code == 2
    assert out == ""
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(ingest, tmp_path):
    code, _, err = ingest(HEADER, "-o", tmp_path / "no" / "x.folded")
    assert code == 3
    assert "cannot be written" in err


@pytest.mark.requires_shared
def test_validator_profile(ingest):
    capture = DATA.parent.parent.parent / "shared/captures/validator.perf.script.txt.gz"
    _, out, _ = ingest("--json", capture)
    facts = json.loads(out)
    assert (facts["samples"], facts["weight"], facts["unit"]) == (4762, 4_766_766_762, "ns")


PIPELINE = str(Path(__file__).parents[2] / "data/perf-pipeline")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--keep", "^sha256_compress$"], "keep /^sha256_compress$/"),
        (["--path", "run_dense_layer $", "--hide", "libc"], "run_dense_layer $; hide /libc/"),
        (["--between", "0:1"], "time "),
    ],
)
def test_a_part_of_a_profile(ingest, options, said):
    code, out, err = ingest(*options, PIPELINE)
    assert (code, err) == (0, "")
    selection = next(line for line in out.splitlines() if line.startswith("selection: "))
    assert said in selection
    assert 0 < json.loads(ingest("--json", *options, PIPELINE)[1])["weight"] < 4_280_280_276


def test_parts_add_up(ingest):
    def weight(*options):
        return json.loads(ingest("--json", *options, PIPELINE)[1])["weight"]

    whole = weight()
    assert weight("--keep", "sha256") + weight("--drop", "sha256") == whole
    assert weight("--between", "0:0.5") + weight("--between", "0.5:") == whole
    assert weight("--hide", "sha256") == whole
    assert weight("--focus", "sha256") == weight("--keep", "sha256")
    assert weight("--between", "0:1", "--keep", "sha256") < weight("--keep", "sha256")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--between", "3"], "such as 1.5:3 or 10:, not '3'"),
        (["--between", "3:1"], "not '3:1'"),
        (["--between", "x:"], "not 'x:'"),
        (["--between", "nan:1"], "not 'nan:1'"),
        (["--between", "900:901"], "no sample lies between"),
        (["--keep", "("], "regular expression"),
        (["--path", "main >"], "main >"),
    ],
)
def test_parts_that_cannot_be(ingest, options, message):
    code, _, err = ingest(*options, PIPELINE)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_packets_have_no_functions_to_choose(ingest):
    code, _, err = ingest("--keep", "x", str(DATA / "loopback.pcapng"))
    assert (code, err) == (
        2,
        "slonana-analysis: pcapng is no profile; --keep chooses parts of profiles\n",
    )
