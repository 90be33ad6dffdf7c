"""How much memory to go through so that it all comes from one level of the hierarchy."""

from collections.abc import Iterable

from slonana_analysis.model.host import CacheFacts

_KIB = 1024
_MIB = 1024 * _KIB
# Used where a container or virtual machine shows no caches; every server processor of the last
# ten years has at least these.
_USUAL = (
    CacheFacts(1, "data", 32 * _KIB, 64, 1),
    CacheFacts(2, "unified", 512 * _KIB, 64, 1),
    CacheFacts(3, "unified", 16 * _MIB, 64, 2),
)
_LARGEST = 256 * _MIB
_SMALLEST = 4 * _KIB
MEMORY = "DRAM"


def memory_levels(caches: Iterable[CacheFacts], available_bytes: int) -> dict[str, int]:
    """Return the bytes to go through for each level that one core sees.

    Half of a cache of its own. Of a last cache shared with other cores an eighth, because
    strangers fill it too, but at least four times the cache before it, which would otherwise still
    hold a good part. Of memory four times the last cache, at most 256 MiB unless that would be
    less than twice the last cache, and never more than a quarter of what is available.

    Parameters
    ----------
    caches : iterable of CacheFacts
        Of the measuring core; where there are none, usual sizes are taken.
    available_bytes : int
        Memory that may be used.

    Returns
    -------
    dict of str to int
        ``L1``, ``L2``, … as far as the machine has them, and ``DRAM`` unless too little memory is
        available for it; powers of two, ascending.
    """
    data = sorted(
        (cache for cache in caches if cache.kind != "instruction" and cache.size_bytes > 0),
        key=lambda cache: cache.level,
    ) or list(_USUAL)
    levels: dict[str, int] = {}
    previous = 0
    for cache in data:
        levels[f"L{cache.level}"] = _floor_power(_share(cache, previous, is_last=cache is data[-1]))
        previous = cache.size_bytes
    wanted = min(4 * previous, max(_LARGEST, 2 * previous))
    memory = _floor_power(min(wanted, available_bytes // 4))
    if memory >= 2 * previous:
        levels[MEMORY] = memory
    return levels


def _share(cache: CacheFacts, previous: int, *, is_last: bool) -> int:
    if not is_last or cache.shared_by == 1:
        return cache.size_bytes // 2
    return min(max(cache.size_bytes // 8, 4 * previous), cache.size_bytes // 2)


def _floor_power(size: int) -> int:
    """Return the largest power of two up to ``size``, no less than a page."""
    return max(1 << (max(size, 1).bit_length() - 1), _SMALLEST)
