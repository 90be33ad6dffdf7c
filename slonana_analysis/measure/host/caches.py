"""The caches of the first core.

References
----------
Linux: Documentation/ABI/testing/sysfs-devices-system-cpu, cpu*/cache/index*/.
"""

from slonana_analysis.measure.host.files import SystemFiles
from slonana_analysis.model.host import CacheFacts

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def read_caches(files: SystemFiles) -> tuple[CacheFacts, ...]:
    """Return data and unified caches, nearest first; none where the kernel shows none."""
    found = []
    for path in files.matches("sys/devices/system/cpu/cpu0/cache/index*"):
        folder = str(path.relative_to(files.root))
        level, size = files.number(f"{folder}/level"), _bytes(files.text(f"{folder}/size"))
        kind = files.text(f"{folder}/type").lower()
        if level is None or size == 0 or kind == "instruction":
            continue
        line = files.number(f"{folder}/coherency_line_size") or 64
        shared = _processors(files.text(f"{folder}/shared_cpu_list"))
        found.append(CacheFacts(level, kind, size, line, shared))
    return tuple(sorted(found, key=lambda cache: cache.level))


def _bytes(text: str) -> int:
    number, unit = text.rstrip("KMG"), text[-1:]
    return int(number) * _UNITS.get(unit, 1) if number.isdigit() else 0


def _processors(text: str) -> int:
    """How many processors a list such as ``0-3,8`` names; 1 when it cannot be read."""
    total = 0
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            return 1
        total += int(last or first) - int(first) + 1
    return total
