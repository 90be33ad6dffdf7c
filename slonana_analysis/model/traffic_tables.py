"""Columns of the tables of traffic; take them from ``schema``, which holds all tables."""

from slonana_analysis.model.table import Column, Table

PACKETS = Table(
    "packets",
    (
        Column("time_ns", "int64", "time of capture since the epoch, ns; -1: not recorded"),
        Column("flow", "int32", "row of the flow table; -1: no IP packet"),
        Column("length", "int32", "bytes on the wire"),
        Column("captured", "int32", "bytes in the file"),
        Column("payload", "int32", "bytes above TCP or UDP, by the headers; -1 unknown"),
        Column("flags", "uint8", "TCP flags, bits as in the header; 0 for other protocols"),
        Column("sequence", "uint32", "TCP sequence number; 0 for other protocols"),
    ),
)

FLOWS = Table(
    "flows",
    (
        Column("protocol", "category", "tcp, udp, icmp, icmp6, an IP protocol number; ip: unknown"),
        Column("source", "category", "address or host name; untrusted text"),
        Column("source_port", "int32", "port; -1 where the protocol has none"),
        Column("target", "category", "address or host name; untrusted text"),
        Column("target_port", "int32", "port; -1 where the protocol has none"),
        Column("packets", "int64", "packets in this direction; -1 where the tool knows none"),
        Column("bytes", "int64", "bytes on the wire in this direction"),
        Column("payload", "int64", "bytes above TCP or UDP, packets of known payload; -1: none"),
        Column("first_ns", "int64", "earliest time of a packet, ns; -1 unknown"),
        Column("last_ns", "int64", "latest time of a packet, ns; -1 unknown"),
    ),
)

RATES = Table(
    "rates",
    (
        Column("flow", "int32", "row of the flow table; -1: all flows together"),
        Column("direction", "category", "sent, received or both, seen from the recording host"),
        Column("statistic", "category", "mean or peak"),
        Column("window_s", "int32", "what the rate is taken over, s"),
        Column("bytes_per_s", "float64", "rate as the tool printed it, bytes/s"),
    ),
)

FLOW_RATES = Table(
    "flow_rates",
    (
        Column("protocol", "string", "as in the flow table"),
        Column("source", "string", "address or host name; untrusted text"),
        Column("source_port", "int32", "port; -1 where there is none"),
        Column("target", "string", "address or host name; untrusted text"),
        Column("target_port", "int32", "port; -1 where there is none"),
        Column("packets", "int64", "packets in this direction; -1 where the tool knows none"),
        Column("bytes", "int64", "bytes on the wire in this direction"),
        Column("payload", "int64", "bytes above TCP or UDP; -1 unknown"),
        Column("share", "float64", "bytes over the bytes of all flows"),
        Column("seconds", "float64", "from the first packet to the last; NaN unknown"),
        Column("packets_per_s", "float64", "packets over the length of the capture; NaN unknown"),
        Column("bytes_per_s", "float64", "bytes over the capture's length, or as the tool said"),
    ),
)

PACKET_SIZES = Table(
    "packet_sizes",
    (
        Column("smallest", "int64", "least bytes on the wire that belong here"),
        Column("largest", "int64", "most bytes on the wire that belong here"),
        Column("packets", "int64", "packets"),
        Column("bytes", "int64", "bytes on the wire"),
        Column("share", "float64", "packets over all packets"),
    ),
)

GAPS = Table(
    "gaps",
    (
        Column("group", "string", "port or flow whose packets follow each other; all: every one"),
        Column("packets", "int64", "packets with a time"),
        Column("p50_ns", "float64", "median gap between one packet and the next, ns"),
        Column("p90_ns", "float64", "90th percentile, ns; NaN where there are fewer than 10 gaps"),
        Column("p99_ns", "float64", "99th percentile, ns; NaN where there are fewer than 100 gaps"),
        Column("p999_ns", "float64", "99.9th percentile, ns; NaN for fewer than 1000 gaps"),
        Column("longest_ns", "int64", "longest silence, ns; -1 where there is no gap"),
        Column("silent_from_ns", "int64", "when it began, ns since the epoch; -1: no gap"),
    ),
)

GAP_SHARES = Table(
    "gap_shares",
    (
        Column("group", "string", "port or flow whose packets follow each other"),
        Column("gap_ns", "float64", "gap between one packet and the next, ns"),
        Column("share", "float64", "gaps that are at most as long, over all gaps of the group"),
    ),
)

TRAFFIC_TIMELINE = Table(
    "traffic_timeline",
    (
        Column("start_ns", "int64", "beginning of the bin, ns since the epoch; inclusive"),
        Column("end_ns", "int64", "end of the bin, ns since the epoch; exclusive"),
        Column("group", "string", "port or flow; (others) for what is not listed by itself"),
        Column("packets", "int64", "packets in the bin"),
        Column("bytes", "int64", "bytes on the wire in the bin"),
    ),
)

PORTS = Table(
    "ports",
    (
        Column("port", "int32", "port of the server's side"),
        Column("protocol", "string", "tcp or udp"),
        Column("peers", "int64", "different address and port pairs on the other side"),
        Column("packets_in", "int64", "packets to the port; -1 where the tool knows none"),
        Column("packets_out", "int64", "packets from the port; -1 where the tool knows none"),
        Column("bytes_in", "int64", "bytes on the wire to the port"),
        Column("bytes_out", "int64", "bytes on the wire from the port"),
        Column("payload_in", "int64", "bytes above TCP or UDP to the port; -1 unknown"),
        Column("payload_out", "int64", "bytes above TCP or UDP from the port; -1 unknown"),
        Column("requests", "int64", "turns of a peer to speak, TCP; -1 for other protocols"),
        Column("responses", "int64", "turns of the port to answer, TCP; -1 for other protocols"),
        Column("p50_ns", "float64", "median time from a request's end to its answer's begin, ns"),
        Column("p99_ns", "float64", "99th percentile; NaN where there are fewer than 100 answers"),
        Column("longest_ns", "float64", "longest such time, ns; NaN where nothing was answered"),
    ),
)

SEGMENTS = Table(
    "segments",
    (
        Column("protocol", "string", "tcp"),
        Column("source", "string", "address; untrusted text"),
        Column("source_port", "int32", "port"),
        Column("target", "string", "address; untrusted text"),
        Column("target_port", "int32", "port"),
        Column("segments", "int64", "TCP packets that carry payload or open the connection"),
        Column("retransmitted", "int64", "those that bring only bytes seen before"),
        Column("late", "int64", "those that fill a hole: reordered, or sent again after a loss"),
        Column("holes", "int64", "places where the next packet skipped bytes"),
        Column("missing", "int64", "skipped bytes that never came in this capture"),
    ),
)

FLOW_COUNTS = Table(
    "flow_counts",
    (
        Column("start_ns", "int64", "beginning of the bin, ns since the epoch; inclusive"),
        Column("end_ns", "int64", "end of the bin, ns since the epoch; exclusive"),
        Column("active", "int64", "flows with at least one packet in the bin"),
        Column("opened", "int64", "flows whose first packet is in the bin"),
    ),
)
