"""What notebooks show with one call: machines, profiles, machine code, comparisons."""

from slonana_analysis.report.self_test_view import self_test_reading, self_test_table
from slonana_analysis.report.views.code import show_loops, show_missing_c
from slonana_analysis.report.views.comparison import (
    comparison_table,
    environment_table,
    show_comparison,
)
from slonana_analysis.report.views.counts import show_counts
from slonana_analysis.report.views.history import changes_table, show_history
from slonana_analysis.report.views.host import show_hazards, show_host, show_tools
from slonana_analysis.report.views.peers import show_peers
from slonana_analysis.report.views.profile import (
    show_capture,
    show_flame_graph,
    show_functions,
    show_losses,
    show_timeline,
)
from slonana_analysis.report.views.prose import prose

__all__ = [
    "changes_table",
    "comparison_table",
    "environment_table",
    "prose",
    "self_test_reading",
    "self_test_table",
    "show_capture",
    "show_comparison",
    "show_counts",
    "show_flame_graph",
    "show_functions",
    "show_hazards",
    "show_history",
    "show_host",
    "show_loops",
    "show_losses",
    "show_missing_c",
    "show_peers",
    "show_timeline",
    "show_tools",
]
