"""Array sizes that live in one level of the memory hierarchy of this machine."""

from collections.abc import Iterable

from slonana_analysis.model.host import CacheFacts

_KIB = 1024
# Used where a virtual machine or container shows no caches; every server CPU of the last ten
# years has at least these.
_USUAL = {"L1": 32 * _KIB, "L2": 512 * _KIB, "L3": 16 * _KIB * _KIB}
_LARGEST = 256 * _KIB * _KIB
_PAGE = 4 * _KIB


def working_sets(caches: Iterable[CacheFacts]) -> dict[str, int]:
    """Return a working set per level: half of a private cache, an eighth of a shared one.

    Parameters
    ----------
    caches : iterable of CacheFacts
        Of the measuring core; may be empty.

    Returns
    -------
    dict of str to int
        ``L1``, ``L2``, ``L3`` (where the machine has it) and ``DRAM``, in bytes, multiples of a
        page. DRAM is four times the last cache, at most 256 MiB: of twice as much, read
        from end to end over and over, a cache that does not evict strictly by age keeps some.
    """
    sizes = {
        f"L{cache.level}": cache.size_bytes
        for cache in caches
        if cache.kind != "instruction" and cache.size_bytes > 0
    } or dict(_USUAL)
    shared = {f"L{cache.level}" for cache in caches if cache.shared_by > 1}
    last = max(sizes.values())
    sets = {
        # A shared cache is shared with strangers too: half of it is not ours to fill.
        level: size // (8 if level in shared or level == "L3" else 2)
        for level, size in sorted(sizes.items())
    }
    sets["DRAM"] = min(4 * last, _LARGEST)
    return {level: max(size // _PAGE, 1) * _PAGE for level, size in sets.items()}
