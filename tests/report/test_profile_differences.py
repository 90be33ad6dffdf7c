"""Views of differences: sentences, tables, figures and the page; names stay text."""

import dataclasses

import pytest

from slonana_analysis.compare.profiles import compare_profiles
from slonana_analysis.errors import UsageError
from slonana_analysis.profiles.timeline import heat_map
from slonana_analysis.report.difference_text import difference_lines
from slonana_analysis.report.figures.profile_differences import difference_plot
from slonana_analysis.report.figures.timelines import heat_map_plot
from slonana_analysis.report.site.differences import differences_page, write_differences_page
from slonana_analysis.report.views.profile_differences import (
    differences_reading,
    show_difference_flame_graph,
    show_difference_table,
    show_heat_map,
)
from tests.compare.made_profiles import captures_of, profile_of

HOSTILE = "<script>alert(1)</script>\x1b[31m"


@pytest.fixture(scope="module")
def changed():
    return compare_profiles(captures_of(1, 10), captures_of(2, 10, c=1.3))


@pytest.fixture(scope="module")
def single():
    return compare_profiles(captures_of(1, 1), captures_of(2, 1, c=1.3))


def test_sentences(changed, single):
    text = differences_reading(changed)
    assert text.startswith("10 captures against 10 captures: 1 of 10 functions changed: c regress")
    assert "whether anything changed cannot be told" in differences_reading(single)
    still = compare_profiles(captures_of(1, 5), captures_of(2, 5))
    assert "none of 10 functions changed" in differences_reading(still)


def test_lines(changed):
    lines = difference_lines(changed, top=3)
    assert lines[0].startswith("regressed")
    assert "more functions without a change" in lines[4]
    assert lines[-1].startswith("10 captures against 10 captures, clock: 11 functions: 1 regressed")


def test_the_table(changed):
    table = show_difference_table(changed, rows=4)
    assert table.caption == "Functions by their change, 4 of 11"
    assert len(table.rows) == 4
    assert "regressed" in table.html()


def test_figures(changed, single):
    assert "1 of them beyond noise" in difference_plot(changed).description
    assert difference_plot(changed).svg() == difference_plot(changed).svg()
    assert difference_plot(single).svg()
    new = compare_profiles(captures_of(1, 5, j=0), captures_of(2, 5), scale="share")
    assert difference_plot(new).svg()
    nothing = dataclasses.replace(changed, functions=changed.functions.iloc[:0])
    with pytest.raises(UsageError, match="without any function"):
        difference_plot(nothing)


def test_counts_are_shown_as_amounts():
    def held(size):
        return profile_of(
            {"main;load": size}, period=1, unit="bytes", file_format="massif", event="peak"
        )

    found = compare_profiles([held(1 << 20)] * 3, [held(2 << 20)] * 3)
    figure = difference_plot(found)
    labels = [text.get_text() for text in figure.axes[0].child_axes[0].get_yticklabels()]
    assert "1.00 MiB → 2.00 MiB" in labels


def test_the_page(changed, tmp_path):
    page = write_differences_page(changed, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert "1 of 10 functions changed" in text
    assert "data-flame=" in text
    assert text.count("<svg") >= 2
    assert show_difference_flame_graph(changed).tree.change is not None


def test_names_stay_text():
    hostile = profile_of({f"main;{HOSTILE}": 900, "main;x": 100})
    found = compare_profiles([hostile] * 3, [hostile] * 3)
    page = differences_page(found)
    assert "alert(1)</script>" not in page
    assert "\x1b" not in page
    assert all(line.isprintable() for line in difference_lines(found))
    assert differences_reading(found).isprintable()


def test_heat_maps(profile_of_times):
    figure = show_heat_map(profile_of_times, parts=4)
    assert figure.description == "Weight over 7 seconds, 4 parts each; darker is more"
    assert figure.svg()
    with pytest.raises(UsageError, match="without any second"):
        heat_map_plot(heat_map(profile_of_times).iloc[:0], "ns")


def test_a_short_recording_has_no_heat_map(profile_of_times):
    short = profile_of_times.samples.assign(time_ns=[0, 1_200_000_000])
    sentence = show_heat_map(dataclasses.replace(profile_of_times, samples=short))
    assert sentence.data == "The samples span 1.2 s; the map is drawn from 5 s on."
    timeless = profile_of_times.samples.assign(time_ns=-1)
    assert "0.0 s" in show_heat_map(dataclasses.replace(profile_of_times, samples=timeless)).data


@pytest.fixture
def profile_of_times():
    profile = profile_of({"main;a": 1, "main;b": 2})
    times = [0, 6_500_000_000]
    return dataclasses.replace(profile, samples=profile.samples.assign(time_ns=times))
