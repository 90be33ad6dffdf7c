"""perf.data files made of nothing but given addresses, for asking perf what it calls them."""

import struct
import subprocess
from pathlib import Path

BASE = 0x10000000
RECORDED_PROCESS = 4242
_SAMPLE_TYPE = 1 | 2  # PERF_SAMPLE_IP, PERF_SAMPLE_TID
_MMAP, _SAMPLE = 1, 9
_USER = 2
_ATTR_SIZE = 64


def write_recording(target, mapped, offsets):
    """Write samples at offsets of one file, which is mapped whole and executable at ``BASE``."""
    name = str(mapped).encode()
    name += b"\0" * (8 - len(name) % 8)
    length = (Path(mapped).stat().st_size + 4095) // 4096 * 4096
    body = struct.pack("<IIQQQ", RECORDED_PROCESS, RECORDED_PROCESS, BASE, length, 0) + name
    data = struct.pack("<IHH", _MMAP, _USER, 8 + len(body)) + body
    header = struct.pack("<IHH", _SAMPLE, _USER, 8 + 16)
    data += b"".join(
        header + struct.pack("<QII", BASE + offset, RECORDED_PROCESS, RECORDED_PROCESS)
        for offset in offsets
    )
    attribute = struct.pack("<IIQQQQQIIQ", 0, _ATTR_SIZE, 0, 1, _SAMPLE_TYPE, 0, 0, 0, 0, 0)
    attribute += struct.pack("<QQ", 0, 0)
    begin = 104 + len(attribute)
    head = struct.pack("<8sQQ", b"PERFILE2", 104, len(attribute))
    head += struct.pack("<QQ", 104, len(attribute))
    head += struct.pack("<QQ", begin, len(data)) + bytes(16 + 32)
    target.write_bytes(head + attribute + data)


def names_by_perf(recording):
    """Return symbol and object of each sample as perf prints them, in the order of the file."""
    done = subprocess.run(
        ["perf", "script", "--no-inline", "-i", str(recording), "-F", "ip,sym,dso"],
        capture_output=True,
        check=True,
    )
    lines = done.stdout.decode("utf-8", "backslashreplace").splitlines()
    rows = [line.split(None, 1)[1] for line in lines if line.strip()]
    return [(row.rpartition(" (")[0], row.rpartition(" (")[2][:-1]) for row in rows]
