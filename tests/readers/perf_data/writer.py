"""Writes perf.data byte by byte, so that tests need no perf and can lie where they want."""

import io
import struct
from dataclasses import dataclass

from slonana_analysis.readers.perf_data import READER

IP, TID, TIME, ADDR, READ, CALLCHAIN, ID, CPU = 1, 2, 4, 8, 16, 32, 64, 128
PERIOD, STREAM_ID, RAW, STACK_USER, IDENTIFIER = 256, 512, 1024, 1 << 13, 1 << 16
USUAL = IP | TID | TIME | CALLCHAIN | CPU | PERIOD
MMAP, LOST, COMM, EXIT, THROTTLE, FORK, SAMPLE, MMAP2 = 1, 2, 3, 4, 5, 7, 9, 10
LOST_SAMPLES, KSYMBOL, FINISHED_ROUND, HEADER_ATTR = 13, 17, 68, 64
EVENT_UPDATE, FEATURE, COMPRESSED, COMPRESSED2 = 78, 80, 81, 83
KERNEL_MODE, USER_MODE = 1, 2
IN_KERNEL, IN_USER = (1 << 64) - 128, (1 << 64) - 512
SAMPLE_ID_ALL, BY_FREQUENCY = 1 << 18, 1 << 10
EVENT_DESC = 12
PROGRAM, LIBRARY = "/nowhere/program", "/nowhere/library.so"


def record(kind, body, misc=USER_MODE):
    return struct.pack("<IHH", kind, misc, 8 + len(body)) + body


def padded(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return raw + bytes(8 - len(raw) % 8)


@dataclass(frozen=True)
class Event:
    """One attribute, and records in the layout that it asks for."""

    sample_type: int = USUAL
    ids: tuple = ()
    kind: int = 1
    config: int = 0
    period: int = 1000
    read_format: int = 0
    flags: int = SAMPLE_ID_ALL
    size: int = 128

    def attribute(self):
        raw = struct.pack(
            "<IIQQQQQ",
            self.kind,
            self.size,
            self.config,
            self.period,
            self.sample_type,
            self.read_format,
            self.flags,
        )
        return raw + b"\xee" * (self.size - len(raw))

    def sample(self, chain=(), time=0, period=7, **more):
        """Return a sample; more: tid, pid, ip, id, misc, read (bytes), behind (bytes)."""
        fields = (
            (IDENTIFIER, struct.pack("<Q", more.get("id", 0))),
            (IP, struct.pack("<Q", more.get("ip", chain[0] if chain else 0x1000))),
            (TID, struct.pack("<ii", more.get("pid", 10), more.get("tid", 10))),
            (TIME, struct.pack("<Q", time)),
            (ADDR, b"\xdd" * 8),
            (ID, struct.pack("<Q", more.get("id", 0))),
            (STREAM_ID, b"\xdd" * 8),
            (CPU, struct.pack("<II", 3, 0)),
            (PERIOD, struct.pack("<Q", period)),
            (READ, more.get("read", b"")),
            (CALLCHAIN, struct.pack(f"<Q{len(chain)}Q", len(chain), *chain)),
        )
        body = b"".join(raw for bit, raw in fields if self.sample_type & bit)
        return record(SAMPLE, body + more.get("behind", b""), more.get("misc", USER_MODE))

    def identity(self, time=0, id_=0):
        """Return what other records end with."""
        if not self.flags & SAMPLE_ID_ALL:
            return b""
        fields = (
            (TID, struct.pack("<ii", 10, 10)),
            (TIME, struct.pack("<Q", time)),
            (ID, struct.pack("<Q", id_)),
            (STREAM_ID, b"\xdd" * 8),
            (CPU, bytes(8)),
            (IDENTIFIER, struct.pack("<Q", id_)),
        )
        return b"".join(raw for bit, raw in fields if self.sample_type & bit)

    def mmap(self, start, size, path, *, time=0, pid=10, offset=0, misc=USER_MODE, id_=0):
        body = struct.pack("<iiQQQ", pid, pid, start, size, offset) + padded(path)
        return record(MMAP, body + self.identity(time, id_), misc)

    def mmap2(self, start, size, path, *, time=0, pid=10, offset=0, protection=5):
        body = struct.pack("<iiQQQ", pid, pid, start, size, offset)
        body += struct.pack("<IIQQII", 8, 1, 1234, 0, protection, 2)
        return record(MMAP2, body + padded(path) + self.identity(time))

    def comm(self, name, *, time=0, pid=10, tid=None):
        body = struct.pack("<ii", pid, pid if tid is None else tid) + padded(name)
        return record(COMM, body + self.identity(time))

    def fork(self, pid, parent, *, time=0, tid=None, parent_tid=None):
        tids = (pid if tid is None else tid, parent if parent_tid is None else parent_tid)
        body = struct.pack("<iiiiQ", pid, parent, *tids, time)
        return record(FORK, body + self.identity(time))

    def lost(self, count):
        return record(LOST, struct.pack("<QQ", 1, count) + self.identity())

    def lost_samples(self, count):
        return record(LOST_SAMPLES, struct.pack("<Q", count) + self.identity())

    def throttle(self):
        return record(THROTTLE, bytes(24) + self.identity())

    def kernel_symbol(self, start, length, name, *, gone=0):
        body = struct.pack("<QIHH", start, length, 1, gone) + padded(name)
        return record(KSYMBOL, body + self.identity())


USUAL_EVENT = Event()


def data_file(records, events=(USUAL_EVENT,), features=None, size=None):
    """Return a file; ``size`` of its records as the header states it, if not the true one."""
    body = b"".join(records)
    each = len(events[0].attribute()) + 16
    ids_at = 104
    attributes_at = ids_at + 8 * sum(len(event.ids) for event in events)
    ids, attributes, at = b"", b"", ids_at
    for event in events:
        own = struct.pack(f"<{len(event.ids)}Q", *event.ids)
        attributes += event.attribute() + struct.pack("<QQ", at, len(own))
        ids, at = ids + own, at + len(own)
    begin = attributes_at + len(attributes)
    bits = sum(1 << number for number in features or {})
    head = struct.pack("<8sQQ", b"PERFILE2", 104, each)
    head += struct.pack("<QQ", attributes_at, len(attributes))
    head += struct.pack("<QQ", begin, len(body) if size is None else size)
    head += bytes(16) + bits.to_bytes(32, "little")
    table, sections = b"", b""
    at = begin + len(body) + 16 * len(features or {})
    for _, content in sorted((features or {}).items()):
        table += struct.pack("<QQ", at + len(sections), len(content))
        sections += content
    return head + ids + attributes + body + table + sections


def event_description(events, names):
    raw = b""
    for event, name in zip(events, names, strict=True):
        text = padded(name)
        raw += event.attribute() + struct.pack("<II", len(event.ids), len(text)) + text
        raw += struct.pack(f"<{len(event.ids)}Q", *event.ids)
    return struct.pack("<II", len(events), events[0].size) + raw


def text_section(text):
    return struct.pack("<I", len(padded(text))) + padded(text)


def pipe(records, events=(USUAL_EVENT,)):
    """Return what perf writes to a pipe."""
    stated = [
        record(HEADER_ATTR, event.attribute() + struct.pack(f"<{len(event.ids)}Q", *event.ids), 0)
        for event in events
    ]
    return struct.pack("<8sQ", b"PERFILE2", 16) + b"".join([*stated, *records])


def update_name(id_, name):
    return record(EVENT_UPDATE, struct.pack("<QQ", 2, id_) + padded(name), 0)


def read(content):
    return READER.read(io.BytesIO(content), "perf.data")


def stacks(profile):
    """Return per sample its frames from the outermost: modules, as nothing here has symbols."""
    modules = profile.frames["module"].astype(str).tolist()
    parents, frames = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    found = []
    for innermost in profile.samples["node"].tolist():
        node, stack = innermost, []
        while node >= 0:
            stack.append(modules[frames[node]])
            node = parents[node]
        found.append(stack[::-1])
    return found


def thread_names(profile):
    names = profile.threads["name"].astype(str).tolist()
    return [names[row] for row in profile.samples["thread"].tolist()]
