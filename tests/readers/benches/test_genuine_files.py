"""What each tool itself wrote: golden values, units, processes, and what is said beside them."""

import json

import pytest

from slonana_analysis.model import schema
from slonana_analysis.readers.benches.documents import open_results
from slonana_analysis.readers.benches.registry import bench_readers, read_benches

# File, tool, version, (benchmark, observations, processes, unit), benchmarks without a value.
GENUINE = [
    (
        "google-benchmark/old.json",
        ("google-benchmark", "unknown"),
        [("sum/256", 12, 1, "ns"), ("sum/4096", 12, 1, "ns"), ("fill", 12, 1, "ns")],
        ["ledger"],
    ),
    (
        "google-benchmark/aggregates.json",
        ("google-benchmark", "unknown"),
        [],
        ["ledger", "sum/256", "sum/4096", "fill"],
    ),
    (
        "pyperf/old.json",
        ("pyperf", "2.10.0"),
        [("total", 24, 8, "ns"), ("ordered", 24, 8, "ns")],
        [],
    ),
    (
        "pytest-benchmark/old.json",
        ("pytest-benchmark", "5.3.1"),
        [
            ("test_speed.py::test_total[100]", 60, 1, "ns"),
            ("test_speed.py::test_total[1000]", 60, 1, "ns"),
            ("test_speed.py::test_ordered", 60, 1, "ns"),
        ],
        [],
    ),
    (
        "pytest-benchmark/summary.json",
        ("pytest-benchmark", "5.3.1"),
        [
            ("test_speed.py::test_total[100]", 1, 1, "ns"),
            ("test_speed.py::test_total[1000]", 1, 1, "ns"),
            ("test_speed.py::test_ordered", 1, 1, "ns"),
        ],
        [],
    ),
    (
        "hyperfine/old.json",
        ("hyperfine", "unknown"),
        [("pause", 12, 12, "ns"), ("count", 12, 12, "ns"), ("refuse", 12, 12, "ns")],
        [],
    ),
    (
        "asv/bench/d5b36f3a-existing-py.json",
        ("asv", "unknown"),
        [
            ("speed.Total.time_total(100, 'list')", 16, 1, "ns"),
            ("speed.Total.time_total(100, 'tuple')", 16, 1, "ns"),
            ("speed.Total.time_total(1000, 'list')", 16, 1, "ns"),
            ("speed.time_ordered", 16, 1, "ns"),
            ("speed.mem_words", 1, 1, "bytes"),
            ("speed.track_passes", 1, 1, "passes"),
        ],
        ["speed.Total.time_total(1000, 'tuple')", "speed.time_broken"],
    ),
    (
        "criterion/old",
        ("criterion", "unknown"),
        [
            ("words/fill/512", 30, 1, "ns"),
            ("words/sum/256", 30, 1, "ns"),
            ("words/sum/4096", 30, 1, "ns"),
        ],
        [],
    ),
]
FILES = [file for file, *_ in GENUINE]


@pytest.mark.parametrize(("file", "tool", "benchmarks", "unmeasured"), GENUINE, ids=FILES)
def test_every_benchmark_is_there_or_said_to_be_without_a_value(
    results, file, tool, benchmarks, unmeasured
):
    found = read_benches(results / file)
    groups = found.values.groupby("name", sort=False)
    seen = [
        (name, len(rows), rows["process"].nunique(), rows["unit"].iloc[0]) for name, rows in groups
    ]
    assert (found.tool, found.version) == tool
    assert seen == benchmarks
    assert list(found.unmeasured) == unmeasured
    assert found.values.equals(schema.BENCHES.conform(found.values))
    assert (found.values["value"] > 0).all()


@pytest.mark.parametrize("file", FILES)
def test_exactly_one_reader_recognises_it(results, file):
    found = open_results(results / file)
    named = [reader.name for reader in bench_readers().values() if reader.sniff(found)]
    assert named == [read_benches(results / file).tool]


def values_of(found, name):
    return found.values.loc[found.values["name"] == name, "value"].to_list()


def test_google_times_are_wall_clock_in_nanoseconds(results):
    found = read_benches(results / "google-benchmark/old.json")
    stored = json.loads((results / "google-benchmark/old.json").read_text())["benchmarks"]
    fills = [run["real_time"] for run in stored if run["name"] == "fill"]
    assert {run["time_unit"] for run in stored if run["name"] == "fill"} == {"us"}
    assert values_of(found, "fill") == pytest.approx([1000 * value for value in fills])
    assert values_of(found, "sum/256")[0] == pytest.approx(268.26240030043323)
    assert found.host["num_cpus"] == "4"


def test_google_failure_is_quoted_and_a_debug_library_is_mentioned(results):
    found = read_benches(results / "google-benchmark/old.json")
    assert found.unmeasured["ledger"] == 'it failed: the ledger "devnet" is not here'
    assert [note[:9] for note in found.notes] == ["'ledger':", "the bench"]
    assert "built for debugging" in found.notes[1]


def test_google_aggregates_are_no_observations(results):
    found = read_benches(results / "google-benchmark/aggregates.json")
    assert found.values.empty
    assert "--benchmark_report_aggregates_only=false" in found.unmeasured["sum/256"]


def test_pyperf_leaves_out_calibration_and_warm_ups(results):
    found = read_benches(results / "pyperf/old.json")
    total = found.values[found.values["name"] == "total"]
    assert total["process"].to_list() == [process for process in range(8) for _ in range(3)]
    assert total["order"].to_list() == [0, 1, 2] * 8
    assert total["value"].iloc[:3].to_list() == pytest.approx(
        [1614.0883789539373, 1608.264160068984, 1610.6799316517595]
    )
    assert found.host["cpu_model_name"] == "AMD EPYC"


def test_pytest_rounds_or_else_the_median_stand_for_a_benchmark(results):
    rounds = read_benches(results / "pytest-benchmark/old.json")
    summary = read_benches(results / "pytest-benchmark/summary.json")
    assert rounds.notes == ()
    assert ["--benchmark-save-data" in note for note in summary.notes] == [True]
    assert values_of(summary, "test_speed.py::test_ordered") == pytest.approx([2571.610003], 1e-6)
    assert rounds.host["cpu brand_raw"] == "AMD EPYC"


def test_hyperfine_runs_are_processes_and_their_exits_are_told(results):
    found = read_benches(results / "hyperfine/old.json")
    pause = found.values[found.values["name"] == "pause"]
    assert pause["process"].to_list() == list(range(12))
    assert pause["order"].to_list() == [0] * 12
    assert pause["value"].iloc[0] == pytest.approx(21_703_496)
    assert found.notes == ("'refuse': 12 of its runs did not end with exit status 0",)


def test_asv_tells_failed_from_skipped_and_takes_units_from_beside(results):
    found = read_benches(results / "asv/bench/d5b36f3a-existing-py.json")
    assert "failed" in found.unmeasured["speed.time_broken"]
    assert "skipped" in found.unmeasured["speed.Total.time_total(1000, 'tuple')"]
    assert set(found.values["process"]) == {-1}
    assert values_of(found, "speed.mem_words") == [8056]
    assert values_of(found, "speed.time_ordered")[0] == pytest.approx(2733.094997893204)
    assert not any("names of the benchmarks" in note for note in found.notes)


def test_asv_folder_is_its_latest_commit(results):
    found = read_benches(results / "asv/bench")
    assert found.host["commit"].startswith("05f9bf20")
    assert found.source.endswith("05f9bf20-existing-py.json")
    assert "1 other commits or environments" in found.notes[0]
    assert values_of(found, "speed.track_passes") == [2]


def test_criterion_divides_by_iterations(results):
    found = read_benches(results / "criterion/old")
    sample = json.loads((results / "criterion/old/words/sum/256/new/sample.json").read_text())
    assert values_of(found, "words/sum/256") == pytest.approx(
        [time / count for time, count in zip(sample["times"], sample["iters"], strict=True)]
    )


@pytest.mark.parametrize("folder", ["words/sum/256", "words/sum/256/new"])
def test_criterion_of_one_benchmark(results, folder):
    found = read_benches(results / "criterion/old" / folder)
    assert set(found.values["name"]) == {"words/sum/256"}
    assert len(found.values) == 30
