"""Writes ``answers.json``: series, and where apache-otava says that they change.

Run by hand, in an environment of its own (otava pins an old NumPy and brings cloud clients along)::

    python -m venv /tmp/otava && /tmp/otava/bin/pip install apache-otava==0.8.0
    /tmp/otava/bin/python tests/stats/otava/record.py
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from otava.analysis import compute_change_points

PLACES = {
    "one step up": [(20, 0.05)],
    "one step down": [(31, -0.04)],
    "up and down again": [(15, 0.06), (35, -0.06)],
    "three steps": [(12, 0.05), (25, 0.05), (38, -0.08)],
    "flat": [],
    "a late step": [(43, 0.06)],
}


def main() -> None:
    answers = []
    for seed, (name, steps) in enumerate(PLACES.items()):
        values = np.random.default_rng(seed).normal(1.0, 0.005, 50)
        for place, size in steps:
            values[place:] += size
        found, _ = compute_change_points(values.tolist(), max_pvalue=0.001, min_magnitude=0.01)
        answers.append(
            {
                "name": name,
                "values": [round(float(value), 6) for value in values],
                "otava": sorted(int(point.index) for point in found),
            }
        )
    document = {"tool": f"apache-otava {version('apache-otava')}", "series": answers}
    Path(__file__).with_name("answers.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
