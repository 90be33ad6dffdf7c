"""What files of each tool may also look like: other versions, failures, units, and malformed."""

import json
import math

import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.readers.benches.registry import read_benches

GOOGLE = "google-benchmark/old.json"
ASV = "asv/bench/d5b36f3a-existing-py.json"


def google(*runs, **context):
    return {"context": context, "benchmarks": list(runs)}


def run(name="sum", **fields):
    return {"name": name, "run_name": name, "run_type": "iteration", "real_time": 2.0} | fields


@pytest.mark.parametrize(
    ("unit", "value"), [("ns", 2), ("us", 2e3), ("ms", 2e6), ("s", 2e9), (None, 2)]
)
def test_google_units(read_document, unit, value):
    found = read_document(google(run(time_unit=unit)))
    assert found.values["value"].to_list() == [value]


def test_google_unknown_unit(read_document):
    with pytest.raises(FormatError, match=r"'benchmarks\[0\].time_unit' is none of ns, us, ms, s"):
        read_document(google(run(time_unit="fortnights")))


def test_google_from_before_rows_said_what_they_are(read_document, listed):
    found = read_document(
        google(
            {"name": "a", "real_time": 3, "time_unit": "ns"},
            {"name": "a_mean", "real_time": 3, "time_unit": "ns"},
            {"name": "a_BigO", "rms": 1.0, "cpu_coefficient": 2},
            {"name": "b_median", "real_time": 5, "time_unit": "ns"},
        )
    )
    assert listed(found) == [("a", 3, "ns", 0, 0)]
    assert list(found.unmeasured) == ["b"]


def test_google_skipped_and_partly_failed(read_document, listed):
    found = read_document(
        google(
            run("a", skipped=True, skip_message="no disk"),
            run("b"),
            run("b", error_occurred=True, error_message="full"),
            run("c", error_occurred=True),
            library_version="v1.9.4",
        )
    )
    assert found.unmeasured == {"a": "it was skipped: no disk", "c": "it failed"}
    assert listed(found) == [("b", 2, "ns", 0, 0)]
    assert "'b': it failed: full" in found.notes
    assert found.version == "v1.9.4"


def pyperf(*benchmarks, version="1.0", **metadata):
    return {"version": version, "metadata": metadata, "benchmarks": list(benchmarks)}


def test_pyperf_units_and_failures(read_document, listed):
    found = read_document(
        pyperf(
            {"metadata": {"name": "a", "unit": "byte"}, "runs": [{"values": [7]}]},
            {"metadata": {"name": "b"}, "runs": [{"warmups": [[1, 0.5]]}, {"values": []}]},
            {"metadata": {"name": "c", "unit": "integer"}, "runs": [{"values": [1, 2]}]},
            {"runs": [{"values": [1e-9]}, {"values": [2e-9]}]},
            unit="second",
        )
    )
    assert listed(found)[:3] == [
        ("a", 7, "bytes", 0, 0),
        ("c", 1, "integer", 0, 0),
        ("c", 2, "integer", 0, 1),
    ]
    assert found.values["name"].to_list()[3:] == ["benchmark"] * 2
    assert found.values["process"].to_list()[3:] == [0, 1]
    assert "only calibration" in found.unmeasured["b"]


def test_pyperf_of_another_version(read_document):
    document = pyperf({"runs": [{"values": [1]}]}, version="0.8")
    with pytest.raises(FormatError, match=r"'version' is not 1\.0; convert the file"):
        read_document(document)


def test_values_that_are_no_numbers_are_left_out_with_a_note(read_document):
    nan, infinity = math.nan, math.inf
    found = read_document(
        pyperf(
            {"metadata": {"name": "a"}, "runs": [{"values": [1, nan, infinity]}]},
            {"metadata": {"name": "b"}, "runs": [{"values": [nan]}]},
        )
    )
    assert found.values["value"].to_list() == [1e9]
    assert "'a': 2 values are no finite numbers and are left out" in found.notes
    assert found.unmeasured == {"b": "it has no value that is a finite number"}


def test_one_name_in_two_units_is_malformed(read_document):
    with pytest.raises(FormatError, match="'benchmark' is in 'ns' and in 'bytes'"):
        read_document(
            pyperf(
                {"runs": [{"values": [1]}]},
                {"metadata": {"unit": "byte"}} | {"runs": [{"values": [1]}]},
            )
        )


def test_pytest_without_any_figure(altered):
    def change(document):
        del document["benchmarks"][0]["stats"]["median"]
        del document["benchmarks"][1]["fullname"]

    found = read_benches(altered("pytest-benchmark/summary.json", change))
    assert found.unmeasured == {
        "test_speed.py::test_total[100]": "it has neither rounds nor a median"
    }
    assert found.values["name"].to_list()[0] == "test_total[1000]"


def test_hyperfine_parameters_tell_equal_commands_apart(read_document, listed):
    def result(size):
        return {"command": "sort", "parameters": {"size": size}, "times": [1.0]}

    found = read_document({"results": [result("1"), result("2"), result("2")]})
    assert listed(found) == [
        ('sort {"size": "1"}', 1e9, "ns", 0, 0),
        ('sort {"size": "2"}', 1e9, "ns", 0, 0),
        ('sort {"size": "2"}', 1e9, "ns", 1, 0),
    ]
    assert "more than once" in found.notes[0]


def test_hyperfine_runs_ended_by_a_signal_and_runs_not_stored(read_document):
    found = read_document(
        {
            "results": [
                {"command": "a", "times": [1.0, 2.0], "exit_codes": [None, 0]},
                {"command": "b", "mean": 1.0},
            ]
        }
    )
    assert found.notes[0] == "'a': 1 of its runs did not end with exit status 0"
    assert found.unmeasured == {"b": "its single runs are not in the file; export it again"}


def older(document):
    """The same results in asv's format 1: an object per benchmark, or a bare value."""
    columns = document.pop("result_columns")
    for name, row in document["results"].items():
        cells = dict(zip(columns, row, strict=False))
        document["results"][name] = {
            key: cells[key] for key in ("result", "params", "samples") if key in cells
        }
    document["results"]["speed.mem_words"] = 8056
    document["results"]["speed.time_ordered"] |= {
        "result": document["results"]["speed.time_ordered"]["result"][0],
        "samples": document["results"]["speed.time_ordered"]["samples"][0],
    }
    document["version"] = 1


def test_asv_older_format_reads_the_same(results, altered):
    found = read_benches(altered(ASV, older))
    today = read_benches(results / ASV)
    keys = ["name", "order"]
    mine = found.values[found.values["unit"] != "unit"].sort_values(keys, ignore_index=True)
    theirs = today.values[today.values["unit"] != "passes"].sort_values(keys, ignore_index=True)
    assert mine.equals(theirs)
    assert found.unmeasured == today.unmeasured
    assert any("told from the names of the benchmarks" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "unit", "value"),
    [
        ("a.time_x", "ns", 3e9),
        ("a.B.timeraw_x", "ns", 3e9),
        ("Time_x", "ns", 3e9),
        ("TimeX", "ns", 3e9),
        ("a.mem_x", "bytes", 3),
        ("a.peakmem_x", "bytes", 3),
        ("PeakMemX", "bytes", 3),
        ("a.track_x", "unit", 3),
        ("a.timely", "unit", 3),
        ("time_machine.speed", "unit", 3),
    ],
)
def test_asv_units_from_names(read_document, listed, name, unit, value):
    found = read_document({"commit_hash": "a", "results": {name: 3}})
    assert listed(found) == [(name, value, unit, -1, 0)]


def test_asv_without_samples_says_so_of_times_only(read_document):
    found = read_document({"commit_hash": "a", "results": {"time_x": 3, "mem_x": 4}})
    assert found.values["value"].to_list() == [3e9, 4]
    assert sum("--record-samples" in note for note in found.notes) == 1
    amounts = read_document({"commit_hash": "a", "results": {"mem_x": 4}})
    assert not any("--record-samples" in note for note in amounts.notes)


def test_asv_counts_have_to_fit_the_parameters(altered):
    def change(document):
        document["results"]["speed.Total.time_total"][1] = [["1", "2", "3"]]

    with pytest.raises(FormatError, match="has 4 values for 3 combinations of parameters"):
        read_benches(altered(ASV, change))


def test_asv_combinations_without_end_are_not_made(read_document):
    axes = [[str(value) for value in range(1000)] for _ in range(8)]
    row = {"result": [1.0], "params": axes}
    with pytest.raises(FormatError, match="has 1 values for 1000000000000000000000000 comb"):
        read_document({"commit_hash": "a", "results": {"time_x": row}})
    failed = {"commit_hash": "a", "results": {"time_x": {"result": None, "params": axes}}}
    assert list(read_document(failed).unmeasured) == ["time_x"]


def test_asv_two_results_of_the_latest_commit(results, tmp_path):
    for name in ("machine.json", "d5b36f3a-existing-py.json"):
        (tmp_path / name).write_bytes((results / "asv/bench" / name).read_bytes())
    (tmp_path / "twin.json").write_bytes((tmp_path / "d5b36f3a-existing-py.json").read_bytes())
    with pytest.raises(FormatError, match=r"several results of its latest commit: name .*twin"):
        read_benches(tmp_path)


def test_asv_folder_without_results(tmp_path):
    (tmp_path / "machine.json").write_text('{"machine": "x"}')
    with pytest.raises(FormatError, match=r"has a machine\.json of asv but no results"):
        read_benches(tmp_path)


@pytest.fixture
def criterion(tmp_path):
    """Write a measurement of Criterion; files that are None are left out."""

    def write(sample, identity=None, folder="group/case/new"):
        path = tmp_path / "criterion" / folder
        path.mkdir(parents=True)
        for name, content in (("sample.json", sample), ("benchmark.json", identity)):
            if content is not None:
                (path / name).write_text(json.dumps(content))
        return tmp_path / "criterion"

    return write


def test_criterion_without_identity_goes_by_its_folders(criterion):
    folder = criterion({"iters": [1, 2], "times": [3, 8]})
    for origin in (folder, folder / "group/case", folder / "group/case/new"):
        found = read_benches(origin)
        assert found.values["value"].to_list() == [3, 4]
        assert found.values["name"].iloc[0].endswith("case")


def test_criterion_without_sample(criterion):
    found = read_benches(criterion(None, {"full_id": "group/case"}))
    assert found.values.empty
    assert "estimates are no observations" in found.unmeasured["group/case"]


def test_criterion_reads_the_latest_unless_told_otherwise(criterion):
    folder = criterion({"iters": [1], "times": [3]})
    criterion({"iters": [1], "times": [5]}, folder="group/case/base")
    assert read_benches(folder).values["value"].to_list() == [3]
    assert read_benches(folder / "group/case/base").values["value"].to_list() == [5]


@pytest.mark.parametrize(
    ("sample", "problem"),
    [
        ({"iters": [1], "times": [3, 4]}, "has 2 times for 1 counts of iterations"),
        ({"iters": [1, 0], "times": [3, 4]}, "count of iterations that is not positive"),
        ({"iters": [1], "times": ["3"]}, "should be a list of numbers, but holds text"),
        ({"iters": [1]}, "has no 'times'"),
    ],
)
def test_criterion_malformed(criterion, sample, problem):
    with pytest.raises(FormatError, match=rf"case/new/sample\.json is malformed: .*{problem}"):
        read_benches(criterion(sample))
