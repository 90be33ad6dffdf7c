"""Runs that were made just now, some of them tampered with, made again."""

import json
import shutil
from dataclasses import replace

import nbformat
import pytest

from slonana_analysis.errors import FormatError, UsageError
from slonana_analysis.model.schema import SAMPLES
from slonana_analysis.report.reproduction.job import reproduce
from slonana_analysis.runs.run import read_run
from slonana_analysis.runs.tables import write_table
from tests.report.reproduction.conftest import CELLS, MEASURE, NAME, SAVE, USE, write


def wheres(outcome):
    return [difference.where for difference in outcome.findings.differences]


def edit_notebook(run, change):
    path = run.path / "notebooks" / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def test_a_run_is_identical_to_itself_though_its_samples_were_random(run, remaking):
    outcome = reproduce(run, remaking)
    assert outcome.findings.differences == []
    assert outcome.identical
    compared = outcome.findings.compared
    assert compared["figure"] == 1
    assert compared["table"] == 9  # the stored ones and the one that is shown
    assert compared["text"] == 1
    assert compared["page"] >= 3
    assert outcome.findings.identical == compared
    assert outcome.versions == ()
    (line,) = outcome.lines()
    assert line == (
        f"run {run.manifest.run}: identical to the byte are 1 of 1 figure, 9 of 9 tables, "
        f"1 of 1 text, {compared['page']} of {compared['page']} pages"
    )


def test_the_remade_run_can_be_kept_and_opened(run, remaking, tmp_path):
    place = tmp_path / "again"
    assert reproduce(run, replace(remaking, output=place)).identical
    again = read_run(place)
    assert again.manifest == run.manifest
    assert (place / "samples.parquet").read_bytes() == (run.path / "samples.parquet").read_bytes()
    assert again.report_path.read_bytes() == run.report_path.read_bytes()
    with pytest.raises(UsageError, match="holds something already"):
        reproduce(run, replace(remaking, output=place))


def test_nothing_in_the_run_is_touched(run, remaking):
    def content():
        return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}

    before = content()
    reproduce(run, remaking)
    assert content() == before


def test_an_altered_sample_is_named_first_and_then_all_that_follows_from_it(run, remaking):
    samples = run.samples()
    samples.loc[0, "value"] *= 1.25
    write_table(samples, SAMPLES, run.path)
    outcome = reproduce(run, remaking)
    assert not outcome.identical
    assert wheres(outcome)[0] == "samples.parquet"
    assert "checksum" in outcome.findings.differences[0].what
    assert f"{NAME}, cell 6, table" in wheres(outcome)
    assert f"{NAME}, cell 7, figure" in wheres(outcome)
    assert "verdicts.parquet" in wheres(outcome)
    verdicts = outcome.findings.differences[wheres(outcome).index("verdicts.parquet")]
    assert "column 'estimate' differs in 1 of 1 row, first in row 1: " in verdicts.what


def test_missing_and_foreign_files_are_told_apart(run, remaking):
    (run.path / "roofs.parquet").unlink()
    with pytest.raises(FormatError, match=r"roofs\.parquet"):
        reproduce(run, remaking)
    shutil.copyfile(run.path / "checks.parquet", run.path / "roofs.parquet")
    with pytest.raises(FormatError, match=r"roofs\.parquet"):
        reproduce(run, remaking)


def test_a_file_that_was_added_is_a_difference(run, remaking):
    place = run.path / "captures" / NAME / "x"
    place.mkdir(parents=True)
    (place / "perf.data").write_text("x")
    (difference,) = reproduce(run, remaking).findings.differences
    assert difference.where == f"captures/{NAME}/x/perf.data"
    assert difference.what == "was not stored with the run"


def test_an_altered_figure_is_shown_where_it_differs(run, remaking):
    def change(notebook):
        data = notebook.cells[7].outputs[0].data
        data["image/svg+xml"] = data["image/svg+xml"].replace("</svg>", "<!-- \x1b[31m --></svg>")

    edit_notebook(run, change)
    (difference,) = reproduce(run, remaking).findings.differences
    assert difference.where == f"{NAME}, cell 7, figure"
    assert difference.what == "image/svg+xml differs"
    assert any("\\x1b[31m" in line for line in difference.excerpt)
    assert "\x1b" not in "".join(difference.excerpt)


def test_foreign_code_is_executed_on_request_only(run, remaking, tmp_path):
    sign = tmp_path / "executed"

    def change(notebook):
        notebook.cells[6].source = f"open({str(sign)!r}, 'w').close()"

    edit_notebook(run, change)
    outcome = reproduce(run, remaking)
    assert not sign.exists()
    assert "--stored-code" in outcome.findings.differences[0].what
    assert f"{NAME}, cell 6" in wheres(outcome)
    outcome = reproduce(run, replace(remaking, stored_code=True))
    assert sign.exists()
    assert f"{NAME}, cell 6, table" in wheres(outcome)


def test_a_notebook_that_is_not_installed_is_not_executed(run, remaking, tmp_path):
    nowhere = replace(remaking, notebooks=tmp_path)
    outcome = reproduce(run, nowhere)
    assert "no installed notebook has this name" in outcome.findings.differences[0].what
    assert not outcome.identical
    assert list(outcome.lines())[-1].endswith("none, as nothing was made")
    assert reproduce(run, replace(nowhere, stored_code=True)).identical


def test_a_notebook_that_asks_something_else_measures_nothing(run, remaking, notebooks, tmp_path):
    sign = tmp_path / "measured"
    asking = f"@observed()\ndef other() -> None:\n    open({str(sign)!r}, 'w').close()\nother()"
    write(notebooks, *CELLS[:2], asking, *CELLS[2:])
    outcome = reproduce(run, remaking)
    assert not sign.exists()
    assert "does not hold what other would see here" in outcome.findings.differences[-1].what
    assert outcome.not_made == (
        "the run's tables and pages were not made: they need every notebook",
    )


def test_a_run_without_notes_says_so_in_a_sentence(run, remaking):
    shutil.rmtree(run.path / "observations")
    outcome = reproduce(run, remaking)
    assert outcome.findings.differences[-1].what == (
        "could not be made again: In [5]: ReplayError: the run does not hold what draw saw: it "
        "kept no notes of it, as runs of older versions; make a new one"
    )


def test_a_changed_version_is_named_as_the_likely_cause(run, remaking):
    outcome = reproduce(run, replace(remaking, versions={"numpy": "2.0", "commit": "c0ffee"}))
    told = "numpy was 1.0 when the run was made and is 2.0 now"
    assert outcome.versions == (told,)
    assert f"note: {told}" in list(outcome.lines())
    (run.path / "observations" / NAME / "looks.jsonl").unlink()
    outcome = reproduce(run, replace(remaking, versions={"numpy": "2.0", "commit": "beef"}))
    assert any(line.startswith("likely cause: commit was c0ffee") for line in outcome.lines())


def test_a_notebook_that_failed_is_no_difference(make_run, notebooks, remaking):
    write(notebooks, *CELLS)
    write(notebooks, "raise ValueError('no such device')", name="30_bad")
    outcome = reproduce(make_run(), remaking)
    assert outcome.identical
    (sentence,) = outcome.not_made
    assert sentence.startswith("30_bad failed when the run was made: In [")


def test_a_run_in_which_everything_failed_cannot_be_made_again(make_run, notebooks, remaking):
    write(notebooks, "raise ValueError('no such device')")
    with pytest.raises(FormatError, match="no notebook of it ended well"):
        reproduce(make_run(), remaking)


def test_the_order_in_which_a_resumed_run_gathered_its_rows_does_not_matter(
    make_run, notebooks, remaking
):
    write(notebooks, *CELLS)
    cells = (CELLS[0], MEASURE.replace('"random"', '"second"'), USE, SAVE)
    write(notebooks, *cells, name="22_second")
    run = make_run()
    samples = run.samples()
    swapped = samples.sort_values("experiment", ascending=False, kind="stable")
    write_table(swapped, SAMPLES, run.path)
    outcome = reproduce(run, remaking)
    assert wheres(outcome) == ["samples.parquet"]  # that its checksum differs, and no more


def test_a_manifest_that_leads_out_of_the_run_is_refused(run, remaking):
    path = run.path / "manifest.json"
    document = json.loads(path.read_text())
    document["notebooks"][0]["name"] = "../../etc/passwd"
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="a notebook cannot be called"):
        reproduce(read_run(run.path), remaking)


def test_damaged_notes_are_a_damaged_run(run, remaking):
    (run.path / "observations" / NAME / "looks.jsonl").write_text("{")
    with pytest.raises(FormatError, match=r"looks\.jsonl: .*the run is damaged"):
        reproduce(run, remaking)


def test_a_damaged_notebook_is_a_damaged_run(run, remaking):
    (run.path / "notebooks" / f"{NAME}.ipynb").write_text("{")
    with pytest.raises(FormatError, match="the run is damaged"):
        reproduce(run, remaking)


def test_the_outcome_is_json(run, remaking):
    document = json.loads(json.dumps(reproduce(run, remaking).as_json()))
    assert document["identical"] is True
    assert document["compared"] == document["same"]
    assert document["differences"] == []
