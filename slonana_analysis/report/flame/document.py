"""A call tree as the text that the viewer reads: columns as JSON, packed into letters.

The text stands in an attribute of a page or in a widget's state. It holds no character that HTML
gives a meaning, and a viewer shows its names as text only: they come from binaries that nobody
checked.
"""

import base64
import json
import zlib
from typing import Any

from slonana_analysis.profiles.flame_tree import FlameTree
from slonana_analysis.report.flame.colours import SHADES, module_kind, shade

VERSION = 1


def flame_document(tree: FlameTree, *, title: str) -> dict[str, Any]:
    """Return a call tree as columns.

    Parameters
    ----------
    tree : FlameTree
        From ``profiles.flame_tree``.
    title : str
        What was profiled.

    Returns
    -------
    dict
        ``parent``, ``name``: one number per node. ``names``: every function once, with ``module``
        (row in ``modules``) and ``colour`` (kind of module times three, plus shade; row in
        ``palette``). ``folded``: pairs of a node and the number of frames it stands for.
        ``series``: event, unit, thread, and the nodes with own weight beside those weights.
        ``change``, where there is one: ``baseline``, ``difference`` and ``verdict`` per node,
        ``verdicts`` and how many of them are ``noise``.
    """
    modules = list(dict.fromkeys(tree.modules))
    row = {module: place for place, module in enumerate(modules)}
    kinds = list(SHADES)
    document: dict[str, Any] = {
        "version": VERSION,
        "title": title,
        "kinds": kinds,
        "palette": [colour for kind in kinds for colour in SHADES[kind]],
        "modules": modules,
        "names": list(tree.names),
        "module": [row[module] for module in tree.modules],
        "colour": [
            3 * kinds.index(module_kind(module)) + shade(name)
            for name, module in zip(tree.names, tree.modules, strict=True)
        ],
        "parent": tree.parents.tolist(),
        "name": tree.functions.tolist(),
        "folded": [[node, int(tree.folded[node])] for node in tree.folded.nonzero()[0].tolist()],
        "series": [
            {
                "event": series.event,
                "unit": series.unit,
                "thread": series.thread,
                "node": series.nodes.tolist(),
                "weight": series.weights.tolist(),
            }
            for series in tree.series
        ],
    }
    if tree.change is not None:
        document["change"] = _change(tree)
    return document


def _change(tree: FlameTree) -> dict[str, Any]:
    change = tree.change
    if change is None:
        return {}
    columns: dict[str, Any] = {"baseline": change.baseline.tolist()}
    if change.difference is not None:
        columns["difference"] = change.difference.tolist()
    if change.verdict is not None:
        columns |= {
            "verdict": change.verdict.tolist(),
            "verdicts": list(change.verdicts),
            "noise": change.noise,
        }
    return columns


def packed(document: dict[str, Any]) -> str:
    """Return a document as base64 of its deflated JSON.

    Parameters
    ----------
    document : dict
        From ``flame_document``.

    Returns
    -------
    str
        Letters, digits, ``+``, ``/`` and ``=``.
    """
    # A lone surrogate in a symbol name has no UTF-8; as an escape it passes.
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 9)).decode("ascii")
