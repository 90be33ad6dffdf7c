"""Views of traffic: flows, ports, sizes, gaps and rates over time, each a table of the schema."""

from slonana_analysis.profiles.traffic.flows import flow_counts, flow_rates
from slonana_analysis.profiles.traffic.gaps import gap_shares, gaps
from slonana_analysis.profiles.traffic.ports import port_summary
from slonana_analysis.profiles.traffic.segments import segments
from slonana_analysis.profiles.traffic.sizes import packet_sizes
from slonana_analysis.profiles.traffic.timeline import traffic_timeline

__all__ = [
    "flow_counts",
    "flow_rates",
    "gap_shares",
    "gaps",
    "packet_sizes",
    "port_summary",
    "segments",
    "traffic_timeline",
]
