"""Our pcap reader against dpkt on one generated capture."""

import socket
import struct
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from slonana_analysis.model.traffic import Traffic
from slonana_analysis.readers.pcap import READER
from slonana_analysis.stats.paired import trimmed_mean_interval

_REPEATS = {"smoke": 3, "quick": 5, "full": 11}
_PACKETS = {"smoke": 20_000, "quick": 200_000, "full": 1_000_000}
_FLOWS = 2000
_NAME = "pcap reader, headers of every packet into packet and flow tables"
_OTHER = "dpkt, headers of every packet into lists and a dictionary of flows, then frames"


def write_capture(path: Path, packets: int, seed: int = 1) -> None:
    """Write a capture of TCP and UDP over IPv4 and IPv6: short and full packets, many flows.

    Parameters
    ----------
    path : Path
        File to write.
    packets : int
        How many.
    seed : int
        Of sizes, ports and times.
    """
    random = np.random.default_rng(seed)
    size = random.choice([0, 12, 132, 600, 1200], packets, p=[0.35, 0.1, 0.3, 0.1, 0.15])
    peer = random.integers(0, _FLOWS, packets)
    time_us = 1_700_000_000_000_000 + np.cumsum(random.integers(1, 50, packets))
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for each, who, moment in zip(size.tolist(), peer.tolist(), time_us.tolist(), strict=True):
            frame = _frame(each, who)
            seconds, fraction = divmod(moment, 1_000_000)
            file.write(struct.pack("<IIII", seconds, fraction, len(frame), len(frame)) + frame)


def _frame(payload: int, peer: int) -> bytes:
    port, is_tcp, is_v6 = 40_000 + peer, peer % 2, peer % 4 == 3
    if is_tcp:
        segment = struct.pack(">HHIIBBHHH", port, 8899, peer, 0, 5 << 4, 0x18, 512, 0, 0)
    else:
        segment = struct.pack(">HHHH", port, 8001, 8 + payload, 0)
    body, protocol = segment + bytes(payload), 6 if is_tcp else 17
    if is_v6:
        head = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
        return bytes(12) + b"\x86\xdd" + head + bytes(15) + b"\1" + bytes(15) + b"\2" + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0)
    return bytes(12) + b"\x08\0" + head + bytes([10, 0, 0, peer % 200, 10, 0, 0, 201]) + body


def read_with_dpkt(dpkt: ModuleType, path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a capture by dpkt into the two tables: what people write when they use it."""
    packets: list[tuple[float, int, int]] = []
    flows: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [len(flows), 0, 0])
    with path.open("rb") as file:
        for moment, frame in dpkt.pcap.Reader(file):
            network = dpkt.ethernet.Ethernet(frame).data
            transport = network.data
            key = (network.src, network.dst, transport.sport, transport.dport, type(transport))
            flow = flows[key]
            flow[1] += 1
            flow[2] += len(frame)
            packets.append((moment, flow[0], len(transport.data)))
    rows = [(*map(_address, key[:2]), *key[2:4], *flow[1:]) for key, flow in flows.items()]
    columns = ["source", "target", "source_port", "target_port", "packets", "bytes"]
    return (
        pd.DataFrame(packets, columns=["time", "flow", "payload"]),
        pd.DataFrame(rows, columns=columns),
    )


def _address(packed: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


def compare_pcap_readers(preset: str) -> Iterator[dict[str, object]]:
    """Yield the entry for reading one capture into tables, file read included."""
    print("pcap readers …", file=sys.stderr, flush=True)
    try:
        dpkt = import_module("dpkt")
    except ImportError:
        yield {"name": _NAME, "other": _OTHER, "not_measured": "dpkt is not installed"}
        return
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "bench.pcap"
        write_capture(path, _PACKETS[preset])
        _check(dpkt, path)
        ours, theirs = [], []
        for _ in range(_REPEATS[preset]):
            ours.append(_seconds(_read, path))
            theirs.append(_seconds(lambda each: read_with_dpkt(dpkt, each), path))
    interval = trimmed_mean_interval(np.log(theirs) - np.log(ours))
    yield {
        "name": _NAME,
        "other": _OTHER,
        "ratio": float(np.exp(interval.estimate)),
        "low": float(np.exp(interval.low)),
        "high": float(np.exp(interval.high)),
        "ours": float(_PACKETS[preset] / np.median(ours)),
        "theirs": float(_PACKETS[preset] / np.median(theirs)),
        "unit": "packets/s",
        "equal_work": True,
    }


def _check(dpkt: ModuleType, path: Path) -> None:
    """Read by both, which compiles ours, and refuse to time what differs."""
    ours = _read(path)
    packets, flows = read_with_dpkt(dpkt, path)
    same = (
        len(ours.packets) == len(packets)
        and int(ours.packets["payload"].sum()) == int(packets["payload"].sum())
        and ours.flows["packets"].tolist() == flows["packets"].tolist()
        and ours.flows["source"].tolist() == flows["source"].tolist()
    )
    if not same:
        raise AssertionError("dpkt and our reader differ, so there is nothing to compare")


def _read(path: Path) -> Traffic:
    with path.open("rb") as file:
        return READER.read(file, "bench")


def _seconds(read: Callable[[Path], object], path: Path) -> float:
    start = time.perf_counter()
    read(path)
    return time.perf_counter() - start
