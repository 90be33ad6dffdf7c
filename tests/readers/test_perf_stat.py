"""Output of perf stat in its three dialects, against values worked out by hand."""

import io
import math

import pytest

from slonana_analysis.experiments.recorded import data_directory
from slonana_analysis.model import schema
from slonana_analysis.readers.perf_script import READER as PERF_SCRIPT
from slonana_analysis.readers.perf_stat import READER
from tests.requirements import SHARED

PIPELINE = data_directory() / "perf-stat-pipeline"
TEXT_LINE = (
    "              0.59 msec task-clock                       #    0.506 CPUs utilized          \n"
)
TITLE = "\n Performance counter stats for 'true':\n\n"
END = "\n       0.001162873 seconds time elapsed\n\n"


def _read(text):
    raw = text if isinstance(text, bytes) else text.encode()
    assert READER.sniff(raw)
    assert not PERF_SCRIPT.sniff(raw)
    return READER.read(io.BytesIO(raw), "test")


def _counts(counters, *columns, state="counted"):
    table = counters.table
    return table.loc[table["state"] == state, list(columns)].values.tolist()


def test_text_of_repeated_runs():
    counters = _read((PIPELINE / "perf.stat.txt").read_bytes())
    assert _counts(counters, "event", "value", "unit", "spread") == [
        ["task-clock", 1298.64, "ms", pytest.approx(0.0196)],
        ["context-switches", 7599.0, "", pytest.approx(0.0387)],
        ["cpu-migrations", 5.0, "", pytest.approx(0.4271)],
        ["page-faults", 1744.0, "", pytest.approx(0.0003)],
    ]
    assert _counts(counters, "event", "value", "unit", state="derived") == [
        ["task-clock", 1.276, "CPUs utilized"],
        ["context-switches", 5.848, "K/sec"],
        ["cpu-migrations", 3.848, "/sec"],
        ["page-faults", 1.342, "K/sec"],
    ]
    assert _counts(counters, "event", "running_share", state="not supported") == [
        ["cycles", 0.0],
        ["instructions", 0.0],
    ]
    assert counters.header == {
        "started": "Mon Nov 23 14:52:43 2026",
        "measured": (
            "'/opt/slonana-analysis/pipeline --duration=1.000000000 --seed=1 --threads=2'"
        ),
        "runs": "5",
        "elapsed_s": "1.017867",
        "elapsed_spread": "0.0009",
    }
    assert (counters.format, counters.tool) == ("perf-stat", "perf")
    assert counters.loss.bytes_read == counters.loss.bytes > 0
    assert (counters.loss.records, counters.loss.reasons) == (6, ())
    assert not counters.loss.truncated


def test_intervals_between_separators():
    counters = _read((PIPELINE / "perf.stat.csv").read_bytes())
    table = counters.table
    assert table["time_ns"].unique().tolist() == [
        250_591_246,
        501_084_593,
        751_591_799,
        1_002_081_870,
        1_018_441_147,
    ]
    clock = table[(table["event"] == "task-clock") & (table["state"] == "counted")]
    assert clock["value"].tolist() == [232.41, 302.15, 348.24, 333.49, 19.3]
    assert counters.loss.records == 30
    assert counters.loss.reasons == ()


def test_json_lines():
    counters = _read((PIPELINE / "perf.stat.json").read_bytes())
    assert _counts(counters, "event", "value", "unit", "spread") == [
        ["task-clock", 1254.90627, "ms", pytest.approx(0.0472)],
        ["context-switches", 7045.0, "", pytest.approx(0.0767)],
        ["cpu-migrations", 3.0, "", pytest.approx(0.3849)],
        ["page-faults", 1745.0, "", pytest.approx(0.0004)],
    ]
    assert counters.loss.reasons == ()


def test_table_conforms_to_the_schema(data):
    table = _read((data / "perf-stat-hardware.txt").read_bytes()).table
    assert list(table.columns) == schema.COUNTERS.names
    assert [str(dtype) for dtype in table.dtypes] == [column.dtype for column in schema.COUNTERS]


def test_hardware_counters_as_text(data):
    counters = _read((data / "perf-stat-hardware.txt").read_bytes())
    assert _counts(counters, "event", "value", "unit", "running_share") == [
        ["task-clock", 8044.12, "ms", 1.0],
        ["context-switches", 1234.0, "", 1.0],
        ["cycles", 24_012_345_678.0, "", pytest.approx(0.8331)],
        ["instructions", 30_111_222_333.0, "", 1.0],
        ["stalled-cycles-frontend", 6_400_000_001.0, "", pytest.approx(0.8335)],
        ["branch-misses", 123_456_789.0, "", pytest.approx(0.667)],
        ["power/energy-pkg/", 12.5, "J", 1.0],
        ["cpu/event=0x3c,umask=0x0/u", 9_876_543.0, "", 1.0],
    ]
    assert _counts(counters, "event", "value", "unit", state="derived") == [
        ["task-clock", 3.912, "CPUs utilized"],
        ["context-switches", 153.404, "/sec"],
        ["cycles", 2.985, "GHz"],
        ["instructions", 1.25, "insn per cycle"],
        ["instructions", 0.21, "stalled cycles per insn"],
        ["stalled-cycles-frontend", 26.65, "frontend cycles idle"],
        ["branch-misses", 2.01, "of all branches"],
    ]
    assert _counts(counters, "event", state="not counted") == [["L1-dcache-load-misses"]]
    assert counters.loss.reasons == ()
    assert counters.loss.bytes_read == counters.loss.bytes


def test_hardware_counters_between_separators(data):
    counters = _read((data / "perf-stat-hardware.csv").read_bytes())
    assert set(counters.table["place"]) == {"S0"}
    assert set(counters.table["time_ns"]) == {1_001_068_535}
    assert _counts(counters, "event", "value", "unit", "running_share") == [
        ["cycles", 24_012_345_678.0, "", pytest.approx(0.8331)],
        ["instructions", 30_111_222_333.0, "", pytest.approx(0.834)],
        ["cpu/event=0x3c,umask=0x0/u", 9_876_543.0, "", 1.0],
        ["power/energy-pkg/", 12.5, "J", 1.0],
    ]
    assert _counts(counters, "event", "unit", state="derived") == [
        ["cycles", "GHz"],
        ["instructions", "insn per cycle"],
        ["instructions", "stalled cycles per insn"],
    ]
    assert counters.loss.reasons == ()


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("CPU0                   106.33 msec task-clock     #    1.038 CPUs utilized   \n", "CPU0"),
        ("S0        4             106.33 msec task-clock     #    4.037 CPUs utilized \n", "S0"),
        ("S0-D0-C0           1             106.33 msec task-clock     #  1.044 CPUs\n", "S0-D0-C0"),
        ("           sleep-2611             106.33 msec task-clock   \n", "sleep-2611"),
        ("     Web Content-2611             106.33 msec task-clock   \n", "Web Content-2611"),
        ("              106.33 msec task-clock                       user.slice\n", "user.slice"),
    ],
)
@pytest.mark.parametrize("time", ["", "     1.001068535 "])
def test_places_of_text(line, place, time):
    counters = _read(TITLE + time + line + END)
    [[value, unit, event, where]] = _counts(counters, "value", "unit", "event", "place")
    assert (value, unit, event, where) == (106.33, "ms", "task-clock", place)
    assert counters.table["time_ns"][0] == (1_001_068_535 if time else -1)
    assert counters.loss.reasons == ()


@pytest.mark.parametrize("leading", ["", "CPU3,", "S0-D0,8,", "sleep-2611,"])
@pytest.mark.parametrize("time", ["", "     1.001068535,", "         summary,"])
@pytest.mark.parametrize("spread", ["", "4.53%,"])
@pytest.mark.parametrize("cgroup", ["", "user.slice,"])
@pytest.mark.parametrize("metric", [",0.006,CPUs utilized", ",,", ""])
def test_optional_fields(leading, time, spread, cgroup, metric):
    line = f"{time}{leading}0.88,msec,task-clock,{cgroup}{spread}882968,75.00{metric}\n"
    counters = _read(line)
    place = " ".join(part for part in (leading.split(",")[0], cgroup.rstrip(",")) if part)
    time_ns = 1_001_068_535 if "." in time else -1
    [[value, unit, event, *rest]] = _counts(
        counters, "value", "unit", "event", "place", "time_ns", "running_share"
    )
    assert (value, unit, event) == (0.88, "ms", "task-clock")
    assert rest == [place, time_ns, 0.75]
    assert (
        counters.table["spread"][0] == 0.0453 if spread else math.isnan(counters.table["spread"][0])
    )
    assert len(_counts(counters, "event", state="derived")) == ("CPUs" in metric)


@pytest.mark.parametrize("separator", list(",;|:@!~^&*+$\t "))
def test_any_separator(separator):
    text = "".join(
        line.replace(",", separator)
        for line in (
            "0.88,msec,task-clock,882968,100.00,0.006,CPUs utilized\n",
            "<not supported>,,cycles,0,100.00,,\n",
            "74,,page-faults,882968,100.00,83.808,K/sec\n",
        )
    )
    counters = _read(text)
    assert _counts(counters, "event", "value", "unit") == [
        ["task-clock", 0.88, "ms"],
        ["page-faults", 74.0, ""],
    ]
    assert _counts(counters, "event", state="not supported") == [["cycles"]]
    assert counters.loss.reasons == ()


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("1,234,567.89", 1234567.89),
        ("1.234.567,89", 1234567.89),
        ("1\u202f234\u202f567,89", 1234567.89),
        ("1'234'567.89", 1234567.89),
        ("12,34,567.89", 1234567.89),
        ("1234567.89", 1234567.89),
        ("1.234.567", 1234567.0),
        ("1,234", 1234.0),
        ("1.234", 1234.0),
        ("0,59", 0.59),
    ],
)
def test_numbers_of_other_places(amount, value):
    text = (
        TITLE + f"{amount:>18} msec task-clock     #    0,506 CPUs utilized  ( +- 19,94% )\n" + END
    )
    counters = _read(text)
    assert _counts(counters, "value", "unit", "spread") == [[value, "ms", pytest.approx(0.1994)]]
    assert _counts(counters, "value", state="derived") == [[0.506]]


def test_a_decimal_comma_between_commas_is_refused():
    text = "0,88,msec,task-clock,882968,100,00,0,006,CPUs utilized\n"
    assert not READER.sniff(text.encode())
    counters = READER.read(io.BytesIO(text.encode()), "test")
    assert len(counters.table) == 0
    assert "line 1" in counters.loss.reasons[0]


def test_json_with_decimal_commas():
    line = (
        '{"interval" : 0.100183873, "cpu" : "0", "counter-value" : "1,407054", "unit" : "msec", '
        '"event" : "task-clock", "event-runtime" : 1407054, "pcnt-running" : 50,00, '
        '"metric-value" : 0,014071, "metric-unit" : "CPUs utilized"}\n'
    )
    for text in (line, line.replace("1,40", "1.40").replace("50,", "50.").replace("0,0", "0.0")):
        counters = _read(text)
        assert counters.table.values.tolist()[0][:-2] == [
            100_183_873,
            "CPU0",
            "task-clock",
            1.407054,
            "ms",
            0.5,
        ]
        assert _counts(counters, "value", state="derived") == [[0.014071]]


def test_json_metrics_of_their_own():
    counters = _read(
        '{"counter-value" : "9", "unit" : "", "event" : "cycles", "pcnt-running" : 100.00}\n'
        '{"metric-value" : "0.25", "metric-unit" : "stalled cycles per insn"}\n'
    )
    assert _counts(counters, "event", "value", "unit", state="derived") == [
        ["cycles", 0.25, "stalled cycles per insn"]
    ]


def test_a_command_with_line_ends():
    counters = _read(TITLE.replace("true", "sh -c a\nb: \nc") + TEXT_LINE + END)
    assert counters.header["measured"] == "'sh -c a\nb: \nc'"
    assert _counts(counters, "value") == [[0.59]]


def test_what_the_program_printed_itself_is_counted_as_lost():
    counters = _read("hello\n" + TITLE + TEXT_LINE + "1 2 3\n" + END)
    assert counters.loss.reasons == ("2 lines are not output of perf stat, the first at line 1",)
    assert counters.loss.bytes - counters.loss.bytes_read == len("hello\n1 2 3\n")


def test_colours_and_other_line_ends():
    coloured = TEXT_LINE.replace("0.506", "\x1b[31m0.506\x1b[m")
    counters = _read((TITLE + coloured + END).replace("\n", "\r\n"))
    assert _counts(counters, "value", "unit") == [[0.59, "ms"]]
    assert _counts(counters, "value", state="derived") == [[0.506]]
    assert counters.loss.reasons == ()


def test_outputs_that_follow_each_other():
    counters = _read(("# started on Mon\n" + TITLE + TEXT_LINE + END) * 2)
    assert counters.header["outputs"] == "2"
    assert counters.loss.records == 2


@pytest.mark.requires_shared
def test_validator_counts():
    csv = READER.read(io.BytesIO((SHARED / "captures/validator.perf.stat.csv").read_bytes()), "csv")
    assert _counts(csv, "event", "value", "unit") == [
        ["task-clock", 15704.78, "ms"],
        ["context-switches", 160410.0, ""],
        ["cpu-migrations", 13909.0, ""],
        ["page-faults", 126420.0, ""],
    ]
    text = READER.read(
        io.BytesIO((SHARED / "captures/validator.perf.stat.txt").read_bytes()), "txt"
    )
    assert _counts(text, "event", "value", "unit") == [
        ["task-clock", 757.06, "ms"],
        ["context-switches", 65429.0, ""],
        ["cpu-migrations", 585.0, ""],
        ["page-faults", 1763.0, ""],
    ]
    assert text.header["elapsed_s"] == "9.033408069"
    for counters in (csv, text):
        assert _counts(counters, "event", state="not supported") == [
            ["cycles"],
            ["instructions"],
            ["branches"],
            ["branch-misses"],
        ]
        assert counters.loss.reasons == ()
