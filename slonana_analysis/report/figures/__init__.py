"""Figures of reports and notebooks: effects, panels over a parameter, kernels, roofs, timelines."""

from slonana_analysis.report.figures.comparison import comparison_plot
from slonana_analysis.report.figures.effects import effect_plot
from slonana_analysis.report.figures.history import history_plot
from slonana_analysis.report.figures.kernels import kernel_bars
from slonana_analysis.report.figures.panels import PanelGrid, panel_grid
from slonana_analysis.report.figures.peers import peers_figure
from slonana_analysis.report.figures.profile_differences import difference_plot
from slonana_analysis.report.figures.roofs import roofs_plot
from slonana_analysis.report.figures.self_test import self_test_plot
from slonana_analysis.report.figures.style import ReportFigure, use_style
from slonana_analysis.report.figures.timelines import heat_map_plot, timeline_plot
from slonana_analysis.report.figures.traffic import (
    gap_plot,
    packet_size_plot,
    traffic_rate_plot,
)
from slonana_analysis.report.figures.unrolling import unrolling_figure

__all__ = [
    "PanelGrid",
    "ReportFigure",
    "comparison_plot",
    "difference_plot",
    "effect_plot",
    "gap_plot",
    "heat_map_plot",
    "history_plot",
    "kernel_bars",
    "packet_size_plot",
    "panel_grid",
    "peers_figure",
    "roofs_plot",
    "self_test_plot",
    "timeline_plot",
    "traffic_rate_plot",
    "unrolling_figure",
    "use_style",
]
