"""Which room may import which: the arrows of the design as a table, and no cycle anywhere."""

import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.modules import PACKAGE, Import, Module, module_of, modules

# Any room may import these, besides itself.
EVERYWHERE = frozenset({"errors", "units", "model"})

ARROWS: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "units": frozenset(),
    "model": frozenset(),
    "stats": frozenset(),
    "simd": frozenset(),
    "native": frozenset(),
    "kernels": frozenset({"simd", "native"}),
    "measure": frozenset({"stats", "native"}),
    "capture": frozenset({"native"}),
    "readers": frozenset({"native"}),
    "profiles": frozenset({"stats", "native"}),
    "runs": frozenset(),
    "experiments": frozenset({"measure", "kernels", "simd", "capture", "readers", "native"}),
    "compare": frozenset({"stats", "profiles", "runs"}),
    "report": frozenset({"compare", "profiles", "runs", "experiments"}),
    "operate": frozenset({"report", "runs", "capture"}),
    "__main__": frozenset({"cli"}),
}

# Below model, so that model may use them.
FOUNDATIONS = {"errors": frozenset[str](), "units": frozenset({"errors"})}

# Its verbs reach every room, each when it runs.
UNBOUNDED = frozenset({"cli"})

# Libraries that cost the command line next to nothing.
QUICK = frozenset({"lazy_loader"})


def forbidden_arrows(root: Path) -> list[str]:
    """Find imports along which the design has no arrow, and rooms that it does not know."""
    return [
        f"{module.at(found.line)}: {_room_name(module)} may not import {found.target}"
        for module in modules(root)
        for found in _ours(module)
        if not _allowed(module.room, found)
    ] + [
        f"{module.at(1)}: {module.room} is no room of the design; add it to ARROWS with its arrows"
        for module in modules(root)
        if module.room not in ARROWS.keys() | UNBOUNDED | {""}
    ]


def import_cycles(root: Path) -> list[str]:
    """Find one cycle among the modules, if there is any."""
    found = modules(root)
    names = {module.name for module in found}
    graph = {
        module.name: {module_of(each.target, names) for each in _ours(module)} - {module.name, ""}
        for module in found
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return [f"modules import each other: {' -> '.join(reversed(error.args[1]))}"]
    return []


def deferred_imports(root: Path) -> list[str]:
    """Find imports of our own inside functions; only a verb of the command line may do that."""
    return [
        f"{module.at(found.line)}: {found.target} is imported inside a function"
        for module in modules(root)
        if module.room not in UNBOUNDED
        for found in _ours(module)
        if found.in_function
    ]


def slow_commands(root: Path) -> list[str]:
    """Find what the command line loads before a verb runs that is neither ours nor Python's own.

    ``--help`` has to answer at once, and importing numpy or pandas takes seconds on a cold disk.
    """
    found = {module.name: module for module in modules(root)}
    loaded = {name for name, module in found.items() if module.room == "cli"}
    waiting = list(loaded)
    slow = []
    while waiting:
        module = found[waiting.pop()]
        for each in module.imports:
            if each.in_function or each.type_checking or each.hidden:
                continue
            first = each.target.partition(".")[0]
            if first == PACKAGE:
                # Loading a module loads the packages around it too.
                parts = module_of(each.target, found).split(".")
                around = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
                waiting += around & found.keys() - loaded
                loaded |= around
            elif first not in sys.stdlib_module_names | QUICK:
                slow.append(f"{module.at(each.line)}: {each.target} is loaded before the verb runs")
    return sorted(slow)


def relative_imports(root: Path) -> list[str]:
    """Find imports with leading dots."""
    return [
        f"{module.at(found.line)}: .{found.target} is a relative import"
        for module in modules(root)
        for found in module.imports
        if found.relative
    ]


def _ours(module: Module) -> Iterator[Import]:
    return (found for found in module.imports if found.target.partition(".")[0] == PACKAGE)


def _allowed(room: str, found: Import) -> bool:
    target = _target_room(found)
    if room in UNBOUNDED or room == "" or target in {room, "__version__", ""}:
        return True
    if room in FOUNDATIONS:
        return target in FOUNDATIONS[room]
    return target in EVERYWHERE | ARROWS.get(room, frozenset())


def _target_room(found: Import) -> str:
    parts = found.target.split(".")
    return parts[1] if len(parts) > 1 else ""


def _room_name(module: Module) -> str:
    return module.room or PACKAGE
