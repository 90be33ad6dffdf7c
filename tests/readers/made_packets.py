"""Builds frames and capture files byte by byte, so that every test knows what is in them."""

import ipaddress
import struct

MACS = b"\x02" * 6 + b"\x04" * 6
SYN, ACK, PUSH, FIN = 0x02, 0x10, 0x08, 0x01


def tcp(payload=b"", *, source=40000, target=8899, sequence=1000, flags=ACK | PUSH, options=b""):
    offset = (20 + len(options)) // 4
    head = struct.pack(">HHIIBBHHH", source, target, sequence, 0, offset << 4, flags, 512, 0, 0)
    return head + options + payload


def udp(payload=b"", source=40001, target=8001):
    return struct.pack(">HHHH", source, target, 8 + len(payload), 0) + payload


def ipv4(
    body, protocol=6, *, source="10.0.0.1", target="10.0.0.2", options=b"", fragment=0, total=None
):
    header = 20 + len(options)
    total = header + len(body) if total is None else total
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    first = struct.pack(">BBHHHBBH", 0x40 | header // 4, 0, total, 7, fragment, 64, protocol, 0)
    return first + addresses + options + body


def ipv6(body, protocol=17, *, source="2001:db8::1", target="2001:db8::2", size=None):
    size = len(body) if size is None else size
    addresses = ipaddress.ip_address(source).packed + ipaddress.ip_address(target).packed
    return struct.pack(">IHBB", 6 << 28, size, protocol, 64) + addresses + body


def ethernet(packet, *, tags=(), kind=None):
    kind = {4: 0x0800, 6: 0x86DD}[packet[0] >> 4] if kind is None else kind
    return (
        MACS
        + b"".join(struct.pack(">HH", tag, 5) for tag in tags)
        + struct.pack(">H", kind)
        + packet
    )


def pcap_header(order="<", magic=0xA1B2C3D4, snap=65535, link=1, version=(2, 4)):
    return struct.pack(f"{order}IHHiIII", magic, *version, 0, 0, snap, link)


def pcap_record(frame, seconds=1_700_000_000, fraction=0, order="<", *, length=None, extra=b""):
    length = len(frame) if length is None else length
    return struct.pack(f"{order}IIII", seconds, fraction, len(frame), length) + extra + frame


def pcap(frames, order="<", *, magic=0xA1B2C3D4, snap=65535, link=1, extra=b""):
    """A file with one record a second, each a tick later within its second."""
    records = [
        pcap_record(
            frame[:snap], 1_700_000_000 + place, place, order, length=len(frame), extra=extra
        )
        for place, frame in enumerate(frames)
    ]
    return pcap_header(order, magic, snap, link) + b"".join(records)


def block(kind, body, order="<"):
    body += b"\0" * (-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(f"{order}II", kind, size) + body + struct.pack(f"{order}I", size)


def option(code, value, order="<"):
    return struct.pack(f"{order}HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


def section(order="<", length=-1, options=b"", version=(1, 0)):
    body = struct.pack(f"{order}IHHq", 0x1A2B3C4D, *version, length) + options
    return block(0x0A0D0D0A, body, order)


def interface(link=1, snap=0, options=b"", order="<"):
    return block(1, struct.pack(f"{order}HHI", link, 0, snap) + options, order)


def enhanced(frame, ticks=0, which=0, order="<", *, length=None, options=b""):
    length = len(frame) if length is None else length
    head = struct.pack(f"{order}IIIII", which, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), length)
    return block(6, head + frame + b"\0" * (-len(frame) % 4) + options, order)


def simple(frame, order="<", length=None):
    return block(3, struct.pack(f"{order}I", length or len(frame)) + frame, order)


def old_packet(frame, ticks=0, which=0, order="<"):
    head = struct.pack(
        f"{order}HHIIII", which, 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
    )
    return block(2, head + frame, order)


def statistics(which=0, dropped=0, order="<"):
    body = struct.pack(f"{order}III", which, 0, 0)
    body += option(5, struct.pack(f"{order}Q", dropped), order)
    return block(5, body, order)
