"""Small recordings of massif and heaptrack as text, and what profiles of them say."""


def massif_snapshot(number, time, heap, kind="empty", tree="", *, overhead=0, stack=0):
    return (
        f"#-----------\nsnapshot={number}\n#-----------\ntime={time}\nmem_heap_B={heap}\n"
        f"mem_heap_extra_B={overhead}\nmem_stacks_B={stack}\nheap_tree={kind}\n{tree}"
    )


FIRST_TREE = """\
n1: 40 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n1: 40 0x10A: new_entry (entry.c:7)
  n1: 40 0x10B: grow (table.c:31)
   n0: 40 0x10C: main (main.c:2)
"""
PEAK_TREE = """\
n2: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n3: 90 0x10A: new_entry (entry.c:7)
  n1: 60 0x10B: grow (table.c:31)
   n0: 60 0x10C: main (main.c:2)
  n0: 25 0x4F094A2: start (in /lib/libc.so.6)
  n0: 5 in 3 places, all below massif's threshold (1.00%)
 n0: 10 in 2 places, all below massif's threshold (1.00%)
"""
MASSIF = (
    "desc: (none)\ncmd: /opt/app --all\ntime_unit: i\n"
    + massif_snapshot(0, 0, 0)
    + massif_snapshot(1, 50, 40, "detailed", FIRST_TREE, overhead=8, stack=2)
    + massif_snapshot(2, 90, 100, "peak", PEAK_TREE, overhead=16, stack=4)
)


def sized(text):
    return f"s {len(text.encode()):x} {text}\n"


# Strings 1 to 8; pointers 1 (main), 2 (grow with put inlined into it), 3 (nameless, module only).
HEAPTRACK_TABLES = (
    "v 10400 3\n"
    "X /opt/app --all\n"
    "I 1000 5e2925\n"
    + "".join(
        map(sized, ("/opt/app", "main", "main.c", "put", "put.h", "grow", "table.c", "/l.so"))
    )
    + "i 4010 1 2 3 5\n"
    "t 1 0\n"
    "i 4020 1 4 5 7 6 7 1f\n"
    "t 2 1\n"
    "i 7f00 8\n"
    "t 3 1\n"
    "a 10 2\n"
    "a 20 3\n"
)
HEAPTRACK_EVENTS = (
    "+ 0\n"
    "+ 0\n"
    "- 0\n"  # temporary
    "c a\n"
    "R 64\n"
    "+ 1\n"
    "+ 1\n"  # peak: 0x10 + 2 * 0x20
    "c 14\n"
    "- 1\n"  # temporary: the same allocation as far as heaptrack can tell
    "- 1\n"
    "c 1e\n"
    "+ 0\n"
)
HEAPTRACK_END = "# strings: 8\n# ips: 3\n"
HEAPTRACK = HEAPTRACK_TABLES + HEAPTRACK_EVENTS + HEAPTRACK_END


def stacks_of(profile, rows):
    """Sum weights by stack, outermost function first."""
    parents, frames = profile.nodes["parent"].tolist(), profile.nodes["frame"].tolist()
    functions = profile.frames["function"].astype(str).tolist()
    sums = {}
    for innermost, weight in zip(rows["node"].tolist(), rows["weight"].tolist(), strict=True):
        path, node = [], innermost
        while node >= 0:
            path.append(functions[frames[node]])
            node = parents[node]
        key = tuple(reversed(path))
        sums[key] = sums.get(key, 0) + weight
    return sums


def events_of(profile):
    """Return the stacks of every event."""
    events = profile.samples["event"].astype(str)
    return {event: stacks_of(profile, rows) for event, rows in profile.samples.groupby(events)}
