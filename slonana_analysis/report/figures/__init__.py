"""Figures of reports and notebooks: effects, panels over a parameter, kernels, roofs, timelines."""

from slonana_analysis.report.figures.comparison import comparison_plot
from slonana_analysis.report.figures.effects import effect_plot
from slonana_analysis.report.figures.history import history_plot
from slonana_analysis.report.figures.kernels import kernel_bars
from slonana_analysis.report.figures.panels import PanelGrid, panel_grid
from slonana_analysis.report.figures.peers import peers_figure
from slonana_analysis.report.figures.roofs import roofs_plot
from slonana_analysis.report.figures.self_test import self_test_plot
from slonana_analysis.report.figures.style import ReportFigure, use_style
from slonana_analysis.report.figures.timelines import timeline_plot
from slonana_analysis.report.figures.unrolling import unrolling_figure

__all__ = [
    "PanelGrid",
    "ReportFigure",
    "comparison_plot",
    "effect_plot",
    "history_plot",
    "kernel_bars",
    "panel_grid",
    "peers_figure",
    "roofs_plot",
    "self_test_plot",
    "timeline_plot",
    "unrolling_figure",
    "use_style",
]
