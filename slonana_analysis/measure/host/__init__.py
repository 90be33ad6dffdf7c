"""Facts of the machine, read and never changed; what is hidden is "unknown", never "off"."""

from slonana_analysis.measure.host.facts import collect_host_facts

__all__ = ["collect_host_facts"]
