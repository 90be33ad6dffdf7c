"""What each experiment offers besides its cases: tables for its figure, machine code, a reading."""

from slonana_analysis.compare import example as two_runs
from slonana_analysis.compare.other_rules import all_rules
from slonana_analysis.experiments.asynchronous import async_execution
from slonana_analysis.experiments.cpu import loop_unrolling
from slonana_analysis.experiments.honesty import verdict_honesty
from slonana_analysis.experiments.inference import ml_inference
from slonana_analysis.experiments.peers import peers
from slonana_analysis.experiments.recording import capture_memory, capture_traffic
from slonana_analysis.report.run_history import run_history

__all__ = [
    "all_rules",
    "async_execution",
    "capture_memory",
    "capture_traffic",
    "loop_unrolling",
    "ml_inference",
    "peers",
    "run_history",
    "two_runs",
    "verdict_honesty",
]
