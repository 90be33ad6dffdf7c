import base64
import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from slonana_analysis.errors import FormatError
from slonana_analysis.model import schema
from slonana_analysis.model.run import NotebookRecord, RunManifest
from slonana_analysis.report.notices import NotMeasured
from slonana_analysis.report.records import verdict_rows
from slonana_analysis.report.site.build import build_site
from slonana_analysis.report.site.findings import comparisons_text, groups, launches_text, tally
from slonana_analysis.report.site.index import IndexFacts, index_page
from slonana_analysis.report.site.names import page_names
from slonana_analysis.runs.run import Run

MakeRun = Callable[[Path, RunManifest], Run]
PAGES = {
    "index.html",
    "00_overview.html",
    "10_cpu_profiling.html",
    "21_loop_unrolling.html",
    "60_ml_inference.html",
    "61_async_execution.html",
}


@pytest.fixture(scope="session")
def text(index: Path) -> str:
    return index.read_text("utf-8")


def test_one_page_per_notebook_and_an_index(index: Path) -> None:
    assert {path.name for path in index.parent.glob("*.html")} == PAGES
    assert sum(path.stat().st_size for path in index.parent.rglob("*.*")) < 3_000_000


def test_verdicts_come_first(text: str) -> None:
    body = text.partition("<main")[2]
    order = [body.index(f'<section id="{name}"') for name in
             ("verdicts", "machine", "roofs", "missing", "notebooks")]  # fmt: skip
    assert order == sorted(order)


def test_verdicts_are_said_in_words(text: str) -> None:
    shown = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    assert "60 ◀ improved 2 ▶ regressed 10 ■ same 31 ◇ inconclusive" in shown
    assert "dense, vectorised (32x32): \N{MINUS SIGN}83.0 % (" in shown
    assert "103 comparisons were made." in shown
    assert "Of the 62 changes called, 0.6 or fewer are expected to be chance." in shown


def test_preset_and_launches_are_prominent(text: str) -> None:
    head = text.partition('<section id="verdicts"')[0]
    assert "<dt>Preset</dt><dd>quick</dd>" in head
    assert "<dt>Launches</dt><dd>7</dd>" in head


def test_what_is_missing_says_how_to_get_it(text: str) -> None:
    missing = text.partition('<section id="missing"')[2].partition("</section>")[0]
    for clause in (
        "Notebook Inference kernels",
        "slonana-analysis run --resume 20261123T041500Z-7f3a9c",
        "hardware counters (cycles, cache misses)",
        "ask its owner to pass the PMU through",
        "1 comparison of Loop unrolling: vectorised (16.0 KiB, int32, L1)",
        "faster than this machine&#39;s roof allows",
        '<a href="21_loop_unrolling.html">Loop unrolling</a>',
    ):
        assert clause in missing


def test_a_failed_notebook_is_marked_on_both_pages(index: Path, text: str) -> None:
    assert "state-failed" in text
    page = (index.parent / "60_ml_inference.html").read_text("utf-8")
    assert "This notebook failed." in page
    assert "the forest&#39;s outputs differ" in page
    assert "launch 1 of 7" in page
    assert 'it stopped <a href="#error">here</a>' in page
    lost = (index.parent / "61_async_execution.html").read_text("utf-8")
    assert "This notebook was interrupted." in lost
    assert "No output of this notebook was kept." in lost


def test_hostile_names_are_text_on_every_page(index: Path) -> None:
    for page in index.parent.glob("*.html"):
        html = page.read_text("utf-8")
        assert html.count("<script>") == 1
        assert "<script>alert" not in html
        assert not re.search(r"<[^>]*\son\w+\s*=", html.partition("</style>")[2].partition(
            "</script>")[2])  # fmt: skip


def test_only_the_pages_own_script_may_run(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    script = text.partition("<script>")[2].partition("</script>")[0]
    digest = hashlib.sha256(script.encode()).digest()
    named = re.search(r"script-src &#39;sha256-([^&]+)&#39;", policy[1])
    assert named is not None
    assert named[1].encode() == base64.b64encode(digest)
    assert policy[1].startswith("default-src &#39;none&#39;")


def test_links_lead_to_files_and_anchors_that_exist(index: Path) -> None:
    for page in index.parent.glob("*.html"):
        html = page.read_text("utf-8").partition("</script>")[2]
        for link in re.findall(r'(?:href|src)="([^"]+)"', html):
            target, _, anchor = link.partition("#")
            path = index.parent / target if target else page
            assert path.exists(), link
            assert not anchor or f'id="{anchor}"' in path.read_text("utf-8"), link


def test_ids_are_unique_on_every_page(index: Path) -> None:
    for page in index.parent.glob("*.html"):
        ids = re.findall(r'\sid="([^"]+)"', page.read_text("utf-8"))
        assert len(ids) == len(set(ids))


def test_pages_link_to_their_neighbours(index: Path) -> None:
    page = (index.parent / "10_cpu_profiling.html").read_text("utf-8")
    assert '<a rel="prev" href="00_overview.html">This machine</a>' in page
    assert '<a rel="next" href="21_loop_unrolling.html">Loop unrolling</a>' in page


def test_the_same_run_gives_the_same_bytes(run: Run, index: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere"
    shutil.copytree(run.path, copy)
    (copy / "report" / "stale.html").write_text("left from before")
    again = build_site(Run(copy, run.manifest)).parent
    files = sorted(path.relative_to(again) for path in again.rglob("*") if path.is_file())
    assert files == sorted(
        path.relative_to(index.parent) for path in index.parent.rglob("*") if path.is_file()
    )
    for name in files:
        assert (again / name).read_bytes() == (index.parent / name).read_bytes()


def test_a_damaged_notebook_is_named(
    tmp_path: Path, make_run: MakeRun, manifest: RunManifest
) -> None:
    run = make_run(tmp_path / "run", manifest)
    (run.path / "notebooks" / "00_overview.ipynb").write_text("{}")
    with pytest.raises(FormatError, match=r"00_overview\.ipynb: is not a notebook"):
        build_site(run)


def test_smoke_says_that_it_cannot_judge(manifest: RunManifest, verdicts: pd.DataFrame) -> None:
    page = _index(replace(manifest, preset="smoke", parameters={"dtypes": ["int32"]}), verdicts)
    assert "smoke: too few launches to judge" in page
    assert "dtypes=[&#39;int32&#39;]" in page


def test_a_run_without_results_still_has_an_index(manifest: RunManifest) -> None:
    page = _index(replace(manifest, notebooks=(), host={}), schema.VERDICTS.empty())
    assert "No comparison was made." in page
    assert "No roof was measured in this run" in page
    assert "Everything that was asked for was measured." in page
    assert "unknown processor" in page


def test_notices_without_a_remedy_promise_none(manifest: RunManifest) -> None:
    page = _index(manifest, schema.VERDICTS.empty(), [NotMeasured("counters", "Hidden.")])
    assert "counters" in page


def _index(
    manifest: RunManifest, verdicts: pd.DataFrame, notices: list[NotMeasured] | None = None
) -> str:
    pages = page_names(record.name for record in manifest.notebooks)
    shown = {"00_overview": notices} if notices else {}
    facts = IndexFacts(manifest, verdicts, schema.ROOFS.empty(), shown, pages)
    return str(index_page(facts))


def test_many_verdicts_are_folded_after_the_largest_changes(verdicts: pd.DataFrame) -> None:
    loops, kernels = groups(verdict_rows(verdicts))
    assert (len(loops.shown), len(loops.folded)) == (12, 85)
    effects = [abs(row.estimate) for row in loops.shown]
    assert effects == sorted(effects, reverse=True)
    assert loops.folded_label.startswith("85 more comparisons: 44 improved")
    assert (len(kernels.shown), kernels.folded) == (7, ())


def test_counts_cover_all_five_words(verdicts: pd.DataFrame) -> None:
    rows = verdict_rows(verdicts)
    assert [word for word, _ in tally(rows)] == [
        "improved", "regressed", "same", "inconclusive", "not measured",
    ]  # fmt: skip
    assert sum(count for _, count in tally(rows)) == len(rows)
    assert comparisons_text(rows[:1]).startswith("1 comparison was made.")


def test_launches_are_a_range_where_they_differ(verdicts: pd.DataFrame) -> None:
    rows = verdict_rows(verdicts.iloc[:3].assign(launches=[7, 2, 15]))
    assert launches_text(rows) == "2 to 15"
    assert launches_text([]) == "none"


def test_page_names_are_safe_and_unique() -> None:
    assert page_names(["21_loops", "../../etc/x", "index", "a b", "a/b", "<>"]) == {
        "21_loops": "21_loops.html",
        "../../etc/x": "etc-x.html",
        "index": "index-2.html",
        "a b": "a-b.html",
        "a/b": "a-b-2.html",
        "<>": "notebook.html",
    }


def test_titles_may_be_missing(manifest: RunManifest) -> None:
    record = NotebookRecord("70_host", "", "done", 1.0, 1.0)
    page = _index(replace(manifest, notebooks=(record,)), schema.VERDICTS.empty())
    assert '<a href="70_host.html">70_host</a>' in page
