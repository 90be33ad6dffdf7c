import xml.etree.ElementTree as ET
from collections.abc import Callable

import matplotlib as mpl
import pandas as pd
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.model import schema
from slonana_analysis.report.figures import (
    PanelGrid,
    ReportFigure,
    effect_plot,
    kernel_bars,
    panel_grid,
    roofs_plot,
    timeline_plot,
    use_style,
)
from slonana_analysis.report.figures.style import clip
from slonana_analysis.report.palette import DARK, INK

Make = Callable[[], ReportFigure]


@pytest.fixture
def figures(
    *,
    verdicts: pd.DataFrame,
    inference: pd.DataFrame,
    roofs: pd.DataFrame,
    timeline: pd.DataFrame,
    unrolling_points: pd.DataFrame,
    unrolling_grid: PanelGrid,
) -> dict[str, Make]:
    return {
        "effects": lambda: effect_plot(verdicts.iloc[-14:], title="All"),
        "kernels": lambda: kernel_bars(inference),
        "roofs": lambda: roofs_plot(roofs),
        "timeline": lambda: timeline_plot(timeline, "ns"),
        "panels": lambda: panel_grid(unrolling_points, unrolling_grid),
    }


NAMES = ("effects", "kernels", "roofs", "timeline", "panels")


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_the_same_bytes_each_time(figures: dict[str, Make], name: str) -> None:
    figure = figures[name]()
    assert figure.svg() == figure.svg() == figures[name]().svg()


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_one_accessible_picture(figures: dict[str, Make], name: str) -> None:
    figure = figures[name]()
    assert figure.description
    root = ET.fromstring(figure.svg())
    assert root.attrib["width"] == "720pt"
    assert "<text" not in figure.svg()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_drawn_outside_the_figure(figures: dict[str, Make], name: str) -> None:
    figure = figures[name]()
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    assert box is not None
    width, height = figure.get_size_inches()
    assert box.x0 >= -0.01
    assert box.y0 >= -0.01
    assert box.x1 <= width + 0.01
    assert box.y1 <= height + 0.01


@pytest.mark.parametrize("name", NAMES)
def test_text_is_readable_at_report_size(figures: dict[str, Make], name: str) -> None:
    figure = figures[name]()
    figure.draw_without_rendering()
    sizes = [text.get_fontsize() for text in figure.findobj(mpl.text.Text) if text.get_text()]
    assert min(sizes) >= 9


def test_a_figure_follows_the_page_into_the_dark(figures: dict[str, Make]) -> None:
    svg = figures["roofs"]().svg()
    assert "@media (prefers-color-scheme:dark)" in svg
    assert f'[style*="fill: {INK}"]{{fill:{DARK[INK]}!important}}' in svg
    assert f"fill: {INK}" in svg.partition("</style>")[2]


def test_names_are_never_read_as_formulas(verdicts: pd.DataFrame) -> None:
    odd = verdicts.iloc[:2].assign(variant="cost $\\broken{", baseline="$_$")
    assert effect_plot(odd).svg()
    assert kernel_bars(odd).svg()


def test_every_verdict_word_has_its_own_marker(verdicts: pd.DataFrame) -> None:
    description = effect_plot(verdicts).description
    assert description.startswith("Effects of 104 comparisons: 60 improved, 2 regressed")


def test_absurd_intervals_do_not_squeeze_the_values(
    verdicts: pd.DataFrame, unrolling_points: pd.DataFrame, unrolling_grid: PanelGrid
) -> None:
    wide = verdicts.iloc[:4].assign(low=-1.0, high=1e6, value_low=1e-9, value_high=1e12)
    for figure in (
        effect_plot(wide),
        kernel_bars(wide),
        panel_grid(unrolling_points.assign(low=1e-9, high=1e9), unrolling_grid),
    ):
        assert figure.svg()
    low, high = kernel_bars(wide).axes[0].get_xlim()
    assert high / low < 100
    low, high = effect_plot(wide).axes[0].get_xlim()
    assert high < 0.2
    low, high = panel_grid(unrolling_points.assign(low=1e-9), unrolling_grid).axes[0].get_ylim()
    assert high / low < 1000


def test_roofs_and_series_become_one_legend(
    unrolling_points: pd.DataFrame, unrolling_grid: PanelGrid
) -> None:
    figure = panel_grid(unrolling_points, unrolling_grid)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [
        "rolled",
        "left to the compiler",
        "one accumulator",
        "many accumulators",
        "faster than the roof",
    ]
    assert len(figure.axes) == 8


def test_the_second_axis_counts_cycles(
    unrolling_points: pd.DataFrame, unrolling_grid: PanelGrid
) -> None:
    figure = panel_grid(unrolling_points, unrolling_grid)
    figure.draw_without_rendering()
    last = figure.axes[3]
    (right,) = last.child_axes
    assert right.get_ylim() == pytest.approx([3.2 * end for end in last.get_ylim()])


def test_an_unknown_clock_leaves_the_second_axis_out(unrolling_points: pd.DataFrame) -> None:
    grid = PanelGrid("fold", "ns", "fold", "ns", "form", second_label="cycles")
    one = unrolling_points[
        (unrolling_points["dtype"] == "int32") & (unrolling_points["level"] == "L1")
    ]
    assert panel_grid(one, grid).axes[0].child_axes == []


def test_an_unknown_roof_is_not_drawn(unrolling_points: pd.DataFrame) -> None:
    grid = PanelGrid("fold", "ns", "fold", "ns", "form", roof="roof", rows="dtype", columns="level")
    figure = panel_grid(unrolling_points.assign(roof=0.0), grid)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "faster than the roof" not in labels


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: effect_plot(schema.VERDICTS.empty()), "without any verdict"),
        (lambda: kernel_bars(schema.VERDICTS.empty()), "without any measured time"),
        (lambda: roofs_plot(schema.ROOFS.empty()), "measure them first"),
        (lambda: timeline_plot(schema.TIMELINE.empty(), "ns"), "without any bin"),
    ],
)
def test_nothing_to_draw_is_an_error_that_says_so(make: Make, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        make()


def test_a_grid_names_the_columns_it_lacks(unrolling_points: pd.DataFrame) -> None:
    grid = PanelGrid("fold", "ns", "x", "y", "form", rows="colour")
    with pytest.raises(UsageError, match=r"\['colour'\]"):
        panel_grid(unrolling_points, grid)


def test_two_units_do_not_share_an_axis(inference: pd.DataFrame) -> None:
    mixed = inference.assign(unit=["ns"] * (len(inference) - 1) + ["bytes"])
    with pytest.raises(UsageError, match="bytes, ns"):
        kernel_bars(mixed)


def test_long_names_are_cut_in_the_middle() -> None:
    assert clip("short\nname") == "short name"
    assert clip("a" * 40 + "b" * 40, 11) == "aaaaa…bbbbb"


def test_own_plots_can_take_the_style() -> None:
    with mpl.rc_context():
        use_style()
        assert mpl.rcParams["svg.hashsalt"] == "slonana-analysis"


def test_a_figure_shows_itself_as_svg_with_its_description(
    figures: dict[str, Make], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[dict[str, str], dict[str, dict[str, str]]]] = []
    monkeypatch.setattr(
        "slonana_analysis.report.figures.style.display",
        lambda data, *, raw, metadata: shown.append((data, metadata)),
    )
    figure = figures["roofs"]()
    figure._ipython_display_()
    ((data, metadata),) = shown
    assert set(data) == {"image/svg+xml", "text/plain"}
    assert metadata["image/svg+xml"]["alt"] == figure.description
