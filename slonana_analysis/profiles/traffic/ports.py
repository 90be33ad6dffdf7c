"""What goes to and from each service's port, and how long TCP peers wait for answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.model import schema
from slonana_analysis.model.traffic import Traffic
from slonana_analysis.profiles.traffic.groups import service_ports
from slonana_analysis.profiles.traffic.segments import conversations, new_bytes

_LEAST_FOR_P99 = 100


@dataclass(frozen=True)
class _Turns:
    """Turns of speaking on TCP connections, one after the other within each connection."""

    port: NDArray[np.int64]
    inward: NDArray[np.bool_]
    wait_ns: NDArray[np.int64]


def port_summary(traffic: Traffic, ports: Sequence[int] = ()) -> pd.DataFrame:
    """Return what each port received and sent, and how it answered.

    Parameters
    ----------
    traffic : Traffic
        Packets, or flows with ports.
    ports : sequence of int
        The services' ports; by default the lower port of each flow is taken for its service's.

    Returns
    -------
    DataFrame
        Columns of ``schema.PORTS``, most bytes first. On a TCP connection a request is a turn of
        the peer: all bytes that it sends before the port sends any, and a response is what
        follows. So a pipelined batch of requests counts as one. Bytes sent again are in no turn.
        Where both ends of a flow have the port, as in gossip between two nodes, all counts as
        received, because the capture does not say which end it was made at.

    Raises
    ------
    UsageError
        If a number is no port.
    """
    flows = traffic.flows.assign(
        port=service_ports(traffic.flows, ports),
        protocol=traffic.flows["protocol"].astype("string"),
    )
    flows = flows[flows["port"] >= 0]
    turns = _turns(traffic, service_ports(traffic.flows, ports))
    rows = [
        _row(int(each["port"].iloc[0]), str(each["protocol"].iloc[0]), each, turns)
        for _, each in flows.groupby(["protocol", "port"], observed=True)
    ]
    table = schema.PORTS.conform(pd.DataFrame(rows, columns=schema.PORTS.names))
    order = (table["bytes_in"] + table["bytes_out"]).sort_values(ascending=False, kind="stable")
    return schema.PORTS.conform(table.loc[order.index])


def _row(port: int, protocol: str, flows: pd.DataFrame, turns: _Turns | None) -> dict[str, object]:
    inward = flows["target_port"] == port
    row: dict[str, object] = {
        "port": port,
        "protocol": protocol,
        "peers": _peers(flows[inward], flows[~inward]),
    }
    for name in ("packets", "bytes", "payload"):
        # -1 is unknown: known amounts are added up, and only unknown ones stay unknown.
        for way, part in (("in", flows.loc[inward, name]), ("out", flows.loc[~inward, name])):
            unknown = (flows[name] < 0).all()
            row[f"{name}_{way}"] = -1 if unknown else int(part.clip(lower=0).sum())
    return row | _answers(port, protocol, turns)


def _peers(inward: pd.DataFrame, outward: pd.DataFrame) -> int:
    seen = set(zip(inward["source"], inward["source_port"], strict=True))
    return len(seen | set(zip(outward["target"], outward["target_port"], strict=True)))


def _answers(port: int, protocol: str, turns: _Turns | None) -> dict[str, object]:
    if turns is None or protocol != "tcp":
        unknown = ("p50_ns", "p99_ns", "longest_ns")
        return {"requests": -1, "responses": -1, **dict.fromkeys(unknown, np.nan)}
    here = turns.port == port
    wait = turns.wait_ns[here & ~turns.inward & (turns.wait_ns >= 0)]
    return {
        "requests": int((here & turns.inward).sum()),
        "responses": int((here & ~turns.inward).sum()),
        "p50_ns": float(np.median(wait)) if wait.size else np.nan,
        "p99_ns": float(np.percentile(wait, 99)) if wait.size >= _LEAST_FOR_P99 else np.nan,
        "longest_ns": float(wait.max()) if wait.size else np.nan,
    }


def _turns(traffic: Traffic, port_of_flow: NDArray[np.int64]) -> _Turns | None:
    """Return the turns of all TCP connections; None where there are no packets to tell by."""
    if traffic.packets.empty:
        return None
    packets, flows = traffic.packets, traffic.flows
    flow = packets["flow"].to_numpy()
    speaks = new_bytes(traffic) > 0
    speaks &= (port_of_flow >= 0)[flow]
    rows = np.flatnonzero(speaks)
    talk = conversations(flows)[flow[rows]]
    order = np.argsort(talk, kind="stable")
    rows, talk = rows[order], talk[order]
    inward = (flows["target_port"].to_numpy(np.int64) == port_of_flow)[flow[rows]]
    begins = np.ones(rows.size, np.bool_)
    begins[1:] = (talk[1:] != talk[:-1]) | (inward[1:] != inward[:-1])
    time = packets["time_ns"].to_numpy()[rows]
    wait = np.full(rows.size, -1, np.int64)
    # A turn that does not begin a conversation answers the packet before it.
    answers = begins[1:] & (talk[1:] == talk[:-1]) & (time[1:] >= 0) & (time[:-1] >= 0)
    wait[1:][answers] = (time[1:] - time[:-1])[answers]
    return _Turns(port_of_flow[flow[rows]][begins], inward[begins], wait[begins])
