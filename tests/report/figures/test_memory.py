"""Figures and views of memory: readable, accessible, and harmless whatever names they show."""

import dataclasses
import io
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from slonana_analysis.errors import UsageError
from slonana_analysis.experiments.recorded import recorded_capture
from slonana_analysis.model import schema
from slonana_analysis.profiles.memory import leaks, memory_sites, memory_timeline, temporaries
from slonana_analysis.readers.heaptrack import READER as HEAPTRACK_READER
from slonana_analysis.readers.massif import READER as MASSIF_READER
from slonana_analysis.report import views
from slonana_analysis.report.figures.memory import memory_plot, site_bars, temporary_bars
from tests.readers.memory_text import HEAPTRACK, HEAPTRACK_END, MASSIF

HOSTILE = "<script>$x$\u202e</script>"


@pytest.fixture
def heap():
    text = HEAPTRACK.replace("s 3 put\n", f"s {len(HOSTILE.encode()):x} {HOSTILE}\n")
    return HEAPTRACK_READER.read(io.BytesIO(text.encode()), "test")


@pytest.fixture
def snapshots():
    return MASSIF_READER.read(io.BytesIO(MASSIF.encode()), "test")


def figures_of(heap, snapshots):
    return [
        memory_plot(memory_timeline(heap), heap.snapshots, heap.time_unit, title="Memory"),
        memory_plot(memory_timeline(snapshots, 1), snapshots.snapshots, snapshots.time_unit),
        site_bars(memory_sites(heap), title="Peak"),
        site_bars(memory_sites(heap), top=1),
        site_bars(memory_sites(heap, "allocations"), "allocations"),
        temporary_bars(temporaries(heap), title="Temporary"),
    ]


def test_figures_are_the_same_bytes_each_time(heap, snapshots):
    again = figures_of(heap, snapshots)
    for figure, other in zip(figures_of(heap, snapshots), again, strict=True):
        assert figure.svg() == other.svg()
        assert ET.fromstring(figure.svg()).attrib["width"] == "720pt"
        assert "<script" not in figure.svg()


def test_nothing_is_drawn_outside_and_text_is_readable(heap, snapshots):
    for figure in figures_of(heap, snapshots):
        figure.draw_without_rendering()
        box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
        assert min(box.x0, box.y0) >= -0.01
        assert box.x1 <= width + 0.01
        assert box.y1 <= height + 0.01
        sizes = [text.get_fontsize() for text in figure.findobj(mpl.text.Text) if text.get_text()]
        assert min(sizes) >= 9


def test_areas_stack_up_to_the_heap_and_the_peak_is_marked(snapshots):
    axes = memory_plot(memory_timeline(snapshots), snapshots.snapshots, "instructions").axes[0]
    tops = [path.get_paths()[0].vertices[:, 1].max() for path in axes.collections]
    assert tops == [90, 100]
    (mark,) = [line for line in axes.lines if line.get_marker() == "v"]
    assert (list(mark.get_xdata()), list(mark.get_ydata())) == ([90e-9], [100])
    assert any("peak 100 B" in text.get_text() for text in axes.texts)


def test_bars_say_the_amount_and_put_the_rest_together(heap):
    figure = site_bars(memory_sites(heap), top=1)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["[l.so] 0x7f00", "(1 other place)"]
    assert "64.0 B, 80.0%" in figure.description
    assert [bar.get_width() for bar in figure.axes[0].patches] == [0x40, 0x10]


def test_nothing_to_draw():
    with pytest.raises(UsageError, match="without any moment"):
        memory_plot(schema.MEMORY_TIMELINE.empty(), schema.SNAPSHOTS.empty())
    with pytest.raises(UsageError, match="nothing to show"):
        site_bars(schema.MEMORY_SITES.empty())
    with pytest.raises(UsageError, match="there are none"):
        temporary_bars(schema.TEMPORARY_SITES.empty())


def test_views_show_names_as_text(heap, snapshots):
    shown = [
        views.show_memory_losses(heap),
        views.show_memory_growth(heap, 1, 4),
        views.show_memory_reading(heap),
        views.show_memory_reading(snapshots),
        views.show_capture(recorded_capture("heaptrack-pipeline"), "<script>.zst"),
    ]
    for view in shown:
        assert "<script" not in view._repr_html_()
    assert "90%" in repr(shown[3])
    assert "2 of 5 allocations (40%)" in repr(shown[2])
    assert "32.0 B were still held at the end, in 1 place" in repr(shown[2])


def test_a_cut_recording_is_not_said_to_leak():
    text = HEAPTRACK.replace(HEAPTRACK_END, "")
    cut = HEAPTRACK_READER.read(io.BytesIO(text.encode()), "test")
    assert "held where the file ends" in repr(views.show_memory_reading(cut))
    assert "held where the file ends" in views.show_leaks(cut)._suptitle.get_text().lower()


def test_views_without_leaks_or_temporaries_say_so(heap, capsys):
    without = heap.samples[heap.samples["event"] == "allocations"]
    quiet = dataclasses.replace(heap, samples=without.reset_index(drop=True))
    assert leaks(quiet).empty
    assert views.show_leaks(quiet) is None
    assert views.show_temporaries(quiet) is None
    assert "Not measured" in capsys.readouterr().out


def test_views_of_both_formats(heap, snapshots):
    for profile in (heap, snapshots):
        assert views.show_memory(profile).description
        assert views.show_memory_peak(profile).description
