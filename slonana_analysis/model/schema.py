"""The sole owner of column names, dtypes and units of every table this package stores or returns.

Other modules take names from here (``schema.SAMPLES.names``) or repeat them as plain attribute
access on a frame that was checked against its table first.
"""

import math

from slonana_analysis.model import traffic_tables
from slonana_analysis.model.table import Column, Table

_IDENTITY = (
    Column("run", "string", "run id; empty while a measurement belongs to no run"),
    Column("experiment", "string", "experiment name, for example loop_unrolling"),
    Column("variant", "string", "variant name; the experiment's first variant is the baseline"),
    Column("parameters", "string", "JSON object with sorted keys"),
)

SAMPLES = Table(
    "samples",
    (
        *_IDENTITY,
        Column("launch", "int32", "fresh process, from 0"),
        Column("round", "int32", "pass over all variants within the launch, from 0"),
        Column("order", "int32", "place of this batch within its round, from 0"),
        Column("value", "float64", "time or amount of one repetition, in the unit column"),
        Column("unit", "string", "SI word, for example ns"),
        Column("inner", "int64", "repetitions in the timed batch"),
        Column("harness_ns", "float64", "ns of one empty repetition, not subtracted from value"),
    ),
)

VERDICTS = Table(
    "verdicts",
    (
        *_IDENTITY,
        Column("name", "string", "what is compared, in words: experiment, variant, parameters"),
        Column("baseline", "string", "variant compared against"),
        Column("verdict", "string", "improved, regressed, same, inconclusive or not measured"),
        Column("estimate", "float64", "relative effect; 0.05 is 5 % slower; NaN: not measured"),
        Column("low", "float64", "lower end of the effect's interval"),
        Column("high", "float64", "upper end of the effect's interval"),
        Column("launches", "int32", "launches the estimate rests on"),
        Column("floor", "float64", "relative effect below which nothing is called a change"),
        Column("mde", "float64", "smallest relative effect found 95 % of the time at this spread"),
        Column("value", "float64", "the variant's own time or amount, in the unit column"),
        Column("value_low", "float64", "lower end of the interval of value across launches"),
        Column("value_high", "float64", "upper end of the interval of value across launches"),
        Column("baseline_value", "float64", "the baseline's own time or amount"),
        Column("unit", "string", "SI word, for example ns"),
        Column("reason", "string", "why a verdict is inconclusive or not measured; else empty"),
        Column(
            "p_value",
            "float64",
            "two-sided probability of such an estimate without an effect",
            math.nan,
        ),
        Column("comparisons", "int32", "how many were judged together, this one included", 0),
    ),
)

CHECKS = Table(
    "checks",
    (
        *_IDENTITY,
        Column("baseline", "string", "variant that this case is compared against"),
        Column("launch", "int32", "fresh process, from 0"),
        Column("check", "string", "output, linear, floor or roof"),
        Column("passed", "bool", "whether the timing may be believed on this point"),
        Column("observed", "float64", "what was seen: ratio t(2n)/t(n), or ns of one repetition"),
        Column("limit", "float64", "what it was held against; NaN where there is none"),
    ),
)

SUMMARY = Table(
    "summary",
    (
        *_IDENTITY[1:],
        Column("value", "float64", "trimmed mean over launches of the median, in the unit column"),
        Column("low", "float64", "lower end of the interval across launches; NaN for one launch"),
        Column("high", "float64", "upper end of the interval across launches"),
        Column("launches", "int32", "launches the figures rest on"),
        Column("unit", "string", "SI word, for example ns"),
    ),
)

LAUNCHES = Table(
    "launches",
    (
        Column("run", "string", "run id; empty while a measurement belongs to no run"),
        Column("experiment", "string", "experiment name"),
        Column("parameters", "string", "JSON object with sorted keys"),
        Column("launch", "int32", "fresh process, from 0"),
        Column("cpu", "int32", "processor it stayed on; -1: it was free to move"),
        Column("start_s", "float64", "what the launch spent outside its cases: start and end, s"),
        Column("case_s", "float64", "spent on this case: checks, calibration and rounds, s"),
    ),
)

COUNTS = Table(
    "counts",
    (
        *_IDENTITY,
        Column("event", "string", "what was counted: instructions"),
        Column("value", "float64", "events of one repetition; NaN where it could not be counted"),
        Column("repeats", "int32", "how often it was counted, with the same result every time"),
        Column("target", "string", "instruction set that the code was compiled for"),
        Column("reason", "string", "why it could not be counted; else empty"),
    ),
)

BENCHES = Table(
    "benches",
    (
        Column("name", "string", "benchmark; untrusted text"),
        Column("value", "float64", "time or amount of one iteration, in the unit column"),
        Column("unit", "string", "SI word, for example ns"),
        Column("process", "int32", "process that saw it, from 0; -1 where the format knows none"),
        Column("order", "int32", "place within its process, from 0"),
    ),
)

SELF_TEST = Table(
    "self_test",
    (
        Column("rule", "string", "decision rule that judged"),
        Column("workload", "string", "what was timed"),
        Column("slowdown", "float64", "real extra work; 0: two builds of the same source"),
        Column("tried", "int32", "comparisons of disjoint samples"),
        Column("called", "int32", "comparisons called improved or regressed"),
        Column("wrong_way", "int32", "those called faster though there was more work"),
        Column("rate", "float64", "called over tried; of slowdowns those called slower"),
        Column("low", "float64", "lower end of the rate's 99 % Clopper-Pearson interval"),
        Column("high", "float64", "upper end of the rate's 99 % Clopper-Pearson interval"),
        Column("seconds", "float64", "what one such comparison takes, s; median"),
    ),
)

TRENDS = Table(
    "trends",
    (
        Column("run", "string", "run id"),
        Column("start", "string", "when the run began, ISO 8601 in UTC"),
        Column("machine", "string", "machine id; machines are never pooled"),
        *_IDENTITY[1:],
        Column("name", "string", "what is followed, in words"),
        Column("basis", "string", "reference kernel, or baseline where a run stored none"),
        Column("value", "float64", "log ratio of the subject's time to the basis's"),
        Column("low", "float64", "lower end of the interval across launches"),
        Column("high", "float64", "upper end of the interval across launches"),
        Column("launches", "int32", "launches the value rests on"),
    ),
)

CHANGES = Table(
    "changes",
    (
        Column("machine", "string", "machine id"),
        *_IDENTITY[1:],
        Column("name", "string", "what changed, in words"),
        Column("before", "string", "id of the last run of the old level"),
        Column("after", "string", "id of the first run of the new level"),
        Column("estimate", "float64", "relative change of level; 0.05 is 5 % slower"),
        Column("low", "float64", "lower end of the change's interval"),
        Column("high", "float64", "upper end of the change's interval"),
        Column("p_value", "float64", "of no change, adjusted for the series looked at"),
        Column("runs_before", "int32", "runs at the old level"),
        Column("runs_after", "int32", "runs at the new level"),
    ),
)

ROOFS = Table(
    "roofs",
    (
        Column("name", "string", "for example read L1, triad DRAM, multiply-add float64"),
        Column("value", "float64", "best sustained rate seen, in the unit column"),
        Column("low", "float64", "lower end of the interval of the median rate across rounds"),
        Column("high", "float64", "upper end of the interval of the median rate across rounds"),
        Column("unit", "string", "bytes/s or operations/s"),
        Column("working_set", "int64", "bytes touched; 0 where memory plays no part"),
        Column("rounds", "int32", "timed batches the figures rest on"),
    ),
)

FRAMES = Table(
    "frames",
    (
        Column("function", "category", "symbol name as the tool printed it; untrusted text"),
        Column("module", "category", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("file", "category", "source file; empty where the tool knows none"),
        Column("line", "int32", "source line; 0 where the tool knows none"),
    ),
)

NODES = Table(
    "nodes",
    (
        Column("parent", "int32", "row of the caller's node, -1 at a root; always above this row"),
        Column("frame", "int32", "row of the frame table"),
    ),
)

THREADS = Table(
    "threads",
    (
        Column("process", "int64", "process id; -1 where the tool knows none"),
        Column("thread", "int64", "thread id; -1 where the tool knows none"),
        Column("name", "category", "command name; untrusted text"),
    ),
)

PROFILE_SAMPLES = Table(
    "profile_samples",
    (
        Column("node", "int32", "row of the innermost call-tree node; -1: no stack was recorded"),
        Column("thread", "int32", "row of the thread table"),
        Column("time_ns", "int64", "tool's clock, ns; -1 where the tool knows none"),
        Column("weight", "int64", "how much this sample stands for, in the profile's unit"),
        Column("event", "category", "event that was counted, for example cpu-clock"),
    ),
)

EDGES = Table(
    "edges",
    (
        Column("caller", "int32", "row of the frame table"),
        Column("callee", "int32", "row of the frame table"),
        Column("calls", "int64", "calls along this edge"),
        Column("inclusive", "int64", "cost below this edge, in the event's unit"),
        Column("event", "category", "event that was counted, for example Ir"),
    ),
)

SNAPSHOTS = Table(
    "snapshots",
    (
        Column("time", "int64", "tool's clock, in the profile's time unit"),
        Column("heap", "int64", "bytes the program holds"),
        Column("overhead", "int64", "bytes the allocator adds; 0 where the tool knows none"),
        Column("stack", "int64", "bytes of stack; 0 where the tool knows none"),
        Column("kind", "category", "empty, detailed or peak"),
    ),
)

HELD = Table(
    "held",
    (
        Column("snapshot", "int32", "row of the snapshot table"),
        Column("node", "int32", "row of the call-tree node that allocated"),
        Column("weight", "int64", "bytes held by this very node at that time, children excluded"),
    ),
)

COUNTERS = Table(
    "counters",
    (
        Column("time_ns", "int64", "end of the interval since the start, ns; -1: whole run"),
        Column("place", "string", "processor, socket, thread or cgroup; empty: all together"),
        Column("event", "string", "event that was counted; untrusted text"),
        Column("value", "float64", "amount, in the unit column; NaN where it was not counted"),
        Column("unit", "string", "SI word; empty for plain events"),
        Column("running_share", "float64", "share of the time the counter ran; 1: always"),
        Column("spread", "float64", "relative standard error over repeats; NaN for one run"),
        Column("state", "category", "counted, not counted, not supported, or derived: a metric"),
    ),
)

FUNCTIONS = Table(
    "functions",
    (
        Column("function", "string", "symbol name; untrusted text"),
        Column("module", "string", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("self", "int64", "weight of samples taken in the function, in the profile's unit"),
        Column("inclusive", "int64", "weight of samples with the function anywhere on the stack"),
        Column("self_share", "float64", "self over the weight of all samples"),
        Column("inclusive_share", "float64", "inclusive over the weight of all samples"),
    ),
)

NEIGHBOURS = Table(
    "neighbours",
    (
        Column("function", "string", "caller or callee; untrusted text"),
        Column("module", "string", "its binary, library or [kernel.kallsyms]; untrusted text"),
        Column("weight", "int64", "weight of samples in which one calls the other directly"),
        Column("share", "float64", "weight over the inclusive weight of the function asked about"),
    ),
)

TIMELINE = Table(
    "timeline",
    (
        Column("start_ns", "int64", "beginning of the bin on the tool's clock, ns; inclusive"),
        Column("end_ns", "int64", "end of the bin, ns; exclusive"),
        Column("thread", "category", "thread name; untrusted text"),
        Column("weight", "int64", "weight of the samples in the bin, in the profile's unit"),
    ),
)

HEAT_MAP = Table(
    "heat_map",
    (
        Column("second", "int32", "whole seconds since the first sample; the map's column"),
        Column("part", "int32", "place within the second, from 0; the map's row"),
        Column("start_ns", "int64", "beginning on the tool's clock, ns; inclusive"),
        Column("end_ns", "int64", "end, ns; exclusive"),
        Column("samples", "int64", "samples of the event in this time"),
        Column("weight", "int64", "their weight, in the event's unit"),
    ),
)

DIFFERENCES = Table(
    "differences",
    (
        Column("function", "string", "canonical name; untrusted text"),
        Column("module", "string", "canonical binary or library; untrusted text"),
        Column("originals", "string", "names before that, where they differ; untrusted text"),
        Column("baseline", "float64", "what is judged (own or inclusive weight) a capture, mean"),
        Column("other", "float64", "the same of the other side, in the event's unit"),
        Column("baseline_share", "float64", "baseline over the weight of all samples"),
        Column("other_share", "float64", "other over the weight of all samples"),
        Column("share_change", "float64", "other share less baseline share; 0.01 is a point"),
        Column("baseline_self", "float64", "own weight a capture, mean"),
        Column("other_self", "float64", "own weight a capture, mean"),
        Column("baseline_inclusive", "float64", "weight with it on the stack a capture, mean"),
        Column("other_inclusive", "float64", "weight with it on the stack a capture, mean"),
        Column("estimate", "float64", "relative change; 0.05 is 5 % more; infinite: it is new"),
        Column("low", "float64", "lower end of the change's interval; NaN: cannot be told"),
        Column("high", "float64", "upper end of the change's interval"),
        Column("p_value", "float64", "of no change; NaN where it was not tested"),
        Column("verdict", "string", "improved, regressed, same or inconclusive"),
        Column("replicates", "int32", "captures of the side that has fewer"),
        Column("floor", "float64", "relative change below which nothing is called one"),
        Column("mde", "float64", "smallest relative change found 95 % of the time"),
        Column("reason", "string", "why a verdict is inconclusive, or that counts are exact"),
    ),
)

NODE_DIFFERENCES = Table(
    "node_differences",
    (
        Column("parent", "int32", "row of the caller's node, -1 at a root; always above this row"),
        Column("function", "category", "canonical name; untrusted text"),
        Column("module", "category", "canonical binary or library; untrusted text"),
        Column("baseline", "float64", "own weight, scaled to the other side's total"),
        Column("other", "float64", "own weight of the other side, all its captures together"),
        Column("difference", "float64", "other less baseline"),
        Column("baseline_share", "float64", "share of samples with this call path on their stack"),
        Column("other_share", "float64", "the same of the other side"),
        Column("estimate", "float64", "relative change of that; NaN where it was not judged"),
        Column("verdict", "string", "on that: improved, regressed, same or inconclusive"),
    ),
)

RECTANGLES = Table(
    "rectangles",
    (
        Column("depth", "int32", "calls above; the rectangle of all samples has depth 0"),
        Column("left", "float64", "left edge, from 0 to 1"),
        Column("width", "float64", "share of the weight of all samples"),
        Column("function", "string", "symbol name; untrusted text"),
        Column("module", "string", "binary, library or [kernel.kallsyms]; untrusted text"),
        Column("weight", "int64", "inclusive weight, in the profile's unit"),
        Column("self", "int64", "weight of the samples that end here"),
    ),
)

_SITE = (
    Column("function", "string", "first function that is no allocator's; untrusted text"),
    Column("module", "string", "its binary or library, where the tool knows it; untrusted text"),
)

MEMORY_SITES = Table(
    "memory_sites",
    (
        *_SITE,
        Column("weight", "int64", "bytes or allocations, in the event's unit"),
        Column("share", "float64", "weight over the weight of all sites"),
        Column("paths", "int64", "call paths that lead to an allocation there"),
    ),
)

TEMPORARY_SITES = Table(
    "temporary_sites",
    (
        *_SITE,
        Column("temporary", "int64", "allocations that the very next deallocation frees"),
        Column("allocations", "int64", "all allocations there"),
        Column("temporary_share", "float64", "temporary over all allocations there"),
        Column("allocated", "int64", "bytes of all allocations there, those freed included"),
    ),
)

MEMORY_TIMELINE = Table(
    "memory_timeline",
    (
        Column("snapshot", "int32", "row of the snapshot table"),
        Column("time", "int64", "tool's clock, in the profile's time unit"),
        Column("site", "category", "function that holds the memory; untrusted text"),
        Column("weight", "int64", "bytes held"),
    ),
)

MEMORY_GROWTH = Table(
    "memory_growth",
    (
        *_SITE,
        Column("before", "int64", "bytes held at the first moment"),
        Column("after", "int64", "bytes held at the second moment"),
        Column("change", "int64", "after less before, bytes"),
    ),
)

PACKETS = traffic_tables.PACKETS
FLOWS = traffic_tables.FLOWS
RATES = traffic_tables.RATES
FLOW_RATES = traffic_tables.FLOW_RATES
FLOW_COUNTS = traffic_tables.FLOW_COUNTS
PACKET_SIZES = traffic_tables.PACKET_SIZES
GAPS = traffic_tables.GAPS
GAP_SHARES = traffic_tables.GAP_SHARES
TRAFFIC_TIMELINE = traffic_tables.TRAFFIC_TIMELINE
PORTS = traffic_tables.PORTS
SEGMENTS = traffic_tables.SEGMENTS
