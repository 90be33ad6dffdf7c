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
from slonana_analysis.report.views.memory import (
    show_leaks,
    show_memory,
    show_memory_growth,
    show_memory_losses,
    show_memory_peak,
    show_memory_reading,
    show_temporaries,
)
from slonana_analysis.report.views.peers import show_peers
from slonana_analysis.report.views.profile import (
    show_capture,
    show_flame_graph,
    show_functions,
    show_losses,
    show_neighbours,
    show_timeline,
)
from slonana_analysis.report.views.profile_differences import (
    differences_reading,
    show_difference_flame_graph,
    show_difference_table,
    show_differences,
    show_heat_map,
)
from slonana_analysis.report.views.prose import prose
from slonana_analysis.report.views.traffic import (
    show_flows,
    show_gap_distribution,
    show_gaps,
    show_packet_sizes,
    show_ports,
    show_segments,
    show_traffic,
    show_traffic_rate,
    show_traffic_reading,
)

__all__ = [
    "changes_table",
    "comparison_table",
    "differences_reading",
    "environment_table",
    "prose",
    "self_test_reading",
    "self_test_table",
    "show_capture",
    "show_comparison",
    "show_counts",
    "show_difference_flame_graph",
    "show_difference_table",
    "show_differences",
    "show_flame_graph",
    "show_flows",
    "show_functions",
    "show_gap_distribution",
    "show_gaps",
    "show_hazards",
    "show_heat_map",
    "show_history",
    "show_host",
    "show_leaks",
    "show_loops",
    "show_losses",
    "show_memory",
    "show_memory_growth",
    "show_memory_losses",
    "show_memory_peak",
    "show_memory_reading",
    "show_missing_c",
    "show_neighbours",
    "show_packet_sizes",
    "show_peers",
    "show_ports",
    "show_segments",
    "show_temporaries",
    "show_timeline",
    "show_tools",
    "show_traffic",
    "show_traffic_rate",
    "show_traffic_reading",
]
