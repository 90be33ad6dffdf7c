"""Which packets belong together in a view: those of a port, of a flow, or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from slonana_analysis.errors import UnavailableError, UsageError
from slonana_analysis.model.traffic import Traffic

OTHERS = "(others)"
By: TypeAlias = Literal["port", "flow", "all"]
"""What a view is grouped by."""

_HIGHEST_PORT = 65_535


@dataclass(frozen=True)
class Groups:
    """Groups of packets.

    Attributes
    ----------
    names : list of str
        Most bytes first, ``(others)`` last where there are more; untrusted text.
    member : ndarray of int64, shape (n_packets,)
        Place in ``names`` of each packet's group.
    """

    names: list[str]
    member: NDArray[np.int64]


def packets_of(traffic: Traffic) -> pd.DataFrame:
    """Return the packets.

    Raises
    ------
    UnavailableError
        If there are none: a tool like iftop prints only flows.
    """
    if traffic.packets.empty:
        raise UnavailableError(
            f"this {traffic.format} file holds no packets; capture some with 'tcpdump -w FILE'"
        )
    return traffic.packets


def timed_packets_of(traffic: Traffic) -> pd.DataFrame:
    """Return the packets that have a time, in the order of the file.

    Raises
    ------
    UnavailableError
        If there are none.
    """
    packets = packets_of(traffic)
    timed = packets[packets["time_ns"] >= 0]
    if timed.empty:
        raise UnavailableError(
            f"the packets of this {traffic.format} file have no times; capture with tcpdump or "
            "dumpcap, which record them"
        )
    return timed


def service_ports(flows: pd.DataFrame, ports: Sequence[int] = ()) -> NDArray[np.int64]:
    """Return the port of the service that each flow belongs to.

    Parameters
    ----------
    flows : DataFrame
        Columns of ``schema.FLOWS``.
    ports : sequence of int
        The services' ports; by default the lower port of each flow is taken for its service's.

    Returns
    -------
    ndarray of int64, shape (n_flows,)
        -1 where there is no port, or none of those named.

    Raises
    ------
    UsageError
        If a number is no port.
    """
    if any(not 0 <= port <= _HIGHEST_PORT for port in ports):
        raise UsageError(f"ports are numbers from 0 to {_HIGHEST_PORT}, not {list(ports)}")
    source = flows["source_port"].to_numpy(np.int64)
    target = flows["target_port"].to_numpy(np.int64)
    lower: NDArray[np.int64] = np.minimum(source, target)
    # iftop may know the port of one end only.
    lower = np.where(lower < 0, np.maximum(source, target), lower)
    if not ports:
        return lower
    from_named, to_named = np.isin(source, list(ports)), np.isin(target, list(ports))
    service = np.where(to_named, target, np.where(from_named, source, -1))
    service[from_named & to_named] = lower[from_named & to_named]
    return service


def group_packets(
    traffic: Traffic, packets: pd.DataFrame, by: By, ports: Sequence[int] = (), names: int = 8
) -> Groups:
    """Put packets into groups.

    Parameters
    ----------
    traffic : Traffic
        Where the packets are from.
    packets : DataFrame
        Some or all of its packets, columns of ``schema.PACKETS``.
    by : {"port", "flow", "all"}
        What to group by.
    ports : sequence of int
        With ``port``: the ports that matter, the rest is ``(others)``; by default the busiest.
    names : int
        Groups named by themselves.

    Returns
    -------
    Groups
        At least one name.

    Raises
    ------
    UsageError
        If ``by`` is none of the three, ``names`` is less than one, or a number is no port.
    """
    if names < 1:
        raise UsageError("a view needs at least one group")
    if by == "all":
        return Groups(["all"], np.zeros(len(packets), np.int64))
    if by == "flow":
        labels = _flow_labels(traffic.flows)
    elif by == "port":
        labels = _port_labels(traffic.flows, ports)
    else:
        raise UsageError(f"traffic is grouped by port, flow or all, not by '{by}'")
    codes, distinct = pd.factorize(np.array([*labels, OTHERS], dtype=object))
    # A packet of no flow has the row -1, which is the label that was added behind all others.
    code = codes[packets["flow"].to_numpy()]
    return _busiest(code, [str(name) for name in distinct], packets["length"].to_numpy(), names)


def _busiest(
    code: NDArray[np.int64], labels: list[str], length: NDArray[np.int32], names: int
) -> Groups:
    weight = np.bincount(code, length.astype(np.float64), len(labels))
    order = [int(group) for group in np.argsort(-weight, kind="stable") if weight[group] > 0]
    kept = [group for group in order if labels[group] != OTHERS][:names]
    place = np.full(len(labels), len(kept), np.int64)
    place[kept] = np.arange(len(kept))
    member = place[code]
    listed = [labels[group] for group in kept]
    return Groups([*listed, OTHERS] if (member == len(kept)).any() else listed, member)


def _port_labels(flows: pd.DataFrame, ports: Sequence[int]) -> list[str]:
    services = service_ports(flows, ports).tolist()
    protocols = flows["protocol"].astype(str)
    return [
        f"{protocol} {port}" if port >= 0 else (OTHERS if ports else protocol)
        for protocol, port in zip(protocols, services, strict=True)
    ]


def _flow_labels(flows: pd.DataFrame) -> list[str]:
    sources = endpoints(flows["source"], flows["source_port"])
    targets = endpoints(flows["target"], flows["target_port"])
    rows = zip(flows["protocol"].astype(str), sources, targets, strict=True)
    return [f"{protocol} {source} → {target}" for protocol, source, target in rows]


def endpoints(hosts: "pd.Series[str]", ports: "pd.Series[int]") -> list[str]:
    """Return each address and its port as one text, IPv6 addresses in brackets."""
    return [
        host if port < 0 else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        for host, port in zip(hosts.astype(str), ports.tolist(), strict=True)
    ]
