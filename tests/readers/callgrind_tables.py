"""What a profile of callgrind's says, in plain values."""

import re
from collections import Counter

_ANNOTATED = re.compile(r"\s*([\d,]+)(?: \([^)]*\))?  (\S.*?)(?: \[(?:/[^\]]*|\?\?\?)\])?")


def own_costs(profile):
    """Return self costs by (function, object, file, line, event)."""
    frames = list(profile.frames.itertuples(index=False, name=None))
    of_node = profile.nodes["frame"].tolist()
    found = Counter()
    samples = profile.samples
    for node, weight, event in zip(
        samples["node"].tolist(), samples["weight"].tolist(), samples["event"], strict=True
    ):
        found[(*frames[of_node[node]], event)] += weight
    return found


def calls(profile):
    """Return calls by pair of (function, object, file), and inclusive costs by pair and event."""
    frames = list(profile.frames.itertuples(index=False, name=None))
    counts, inclusive = {}, Counter()
    for caller, callee, number, cost, event in profile.edges.itertuples(index=False, name=None):
        assert frames[caller][3] == frames[callee][3] == 0
        pair = frames[caller][:3], frames[callee][:3]
        assert counts.setdefault(pair, number) == number
        inclusive[(*pair, event)] += cost
    return Counter(counts), +inclusive


def totals(profile):
    """Return the weight of every event."""
    sums = profile.samples.groupby("event", observed=True)["weight"].sum()
    return {str(event): int(weight) for event, weight in sums.items()}


def annotated(text):
    """Return the costs of ``file:function`` in what callgrind_annotate printed for one event."""
    listed = text.split("file:function\n", 1)[1].split("\n", 1)[1].split("\n---", 1)[0].splitlines()
    found = Counter()
    for line in listed:
        match = _ANNOTATED.fullmatch(line)
        if match:
            found[match[2]] += int(match[1].replace(",", ""))
    return found
