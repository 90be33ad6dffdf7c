"""How large things may be, what they may not be called, and that they are described."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.modules import Function, Module, functions, modules

LONGEST_MODULE = 500
MEDIAN_MODULE = 150
LONGEST_FUNCTION = 100
USUAL_FUNCTION = 50
USUAL_SHARE = 0.95

# Names under which anything can be put, and so anything is.
EMPTY_WORDS = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}
)


def long_modules(root: Path) -> list[str]:
    """Find modules above the cap, or all of them if the median is."""
    sizes = {module: len(module.text.splitlines()) for module in modules(root)}
    found = [
        f"{module.at(1)}: {lines} lines, at most {LONGEST_MODULE}"
        for module, lines in sizes.items()
        if lines > LONGEST_MODULE
    ]
    # A package's empty door is no module whose size says anything.
    median = statistics.median([lines for lines in sizes.values() if lines > 1] or [0])
    if median > MEDIAN_MODULE:
        found.append(f"the median module has {median:g} lines, at most {MEDIAN_MODULE}")
    return found


def long_functions(root: Path) -> list[str]:
    """Find functions above the cap, or the longest ones if too many exceed what is usual."""
    sizes = [
        (_lines(function), f"{module.at(function.lineno)}: {function.name}")
        for module in modules(root)
        for function in functions(module)
    ]
    longer = sorted((size for size in sizes if size[0] > USUAL_FUNCTION), reverse=True)
    found = [f"{place} has {n} lines, at most {LONGEST_FUNCTION}" for n, place in longer]
    if len(longer) > (1 - USUAL_SHARE) * len(sizes):
        return found
    return found[: sum(lines > LONGEST_FUNCTION for lines, _ in longer)]


def empty_names(root: Path) -> list[str]:
    """Find modules and classes whose names say nothing about what they hold."""
    return [
        f"{module.at(1)}: {part!r} says nothing about what it holds"
        for module in modules(root)
        for part in module.name.split(".")
        if EMPTY_WORDS & set(part.lower().split("_"))
    ] + [
        f"{module.at(node.lineno)}: {node.name} says nothing about what it does"
        for module in modules(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and _is_empty_class_name(node)
    ]


def undescribed(root: Path) -> list[str]:
    """Find public modules, classes and functions without a docstring."""
    return [
        f"{module.at(getattr(node, 'lineno', 1))}: {name} has no docstring"
        for module in modules(root)
        for name, node in _public(module)
        if not (ast.get_docstring(node) or "").strip()
    ]


def _is_empty_class_name(node: ast.ClassDef) -> bool:
    words = tuple(EMPTY_WORDS)
    # A kind of what a library calls a manager is called one too.
    inherited = any(ast.unparse(base).lower().endswith(words) for base in node.bases)
    return node.name.lower().endswith(words) and not inherited


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _public(module: Module) -> Iterator[tuple[str, ast.Module | ast.ClassDef | Function]]:
    yield module.name, module.tree
    yield from _public_members(module.tree)


def _public_members(
    owner: ast.Module | ast.ClassDef,
) -> Iterator[tuple[str, ast.ClassDef | Function]]:
    for node in owner.body:
        if not isinstance(node, ast.ClassDef | Function) or node.name.startswith("_"):
            continue
        if not _is_described_elsewhere(node):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _public_members(node)


def _is_described_elsewhere(node: ast.ClassDef | Function) -> bool:
    """Tell an overload, a setter or an override, which have their words in another place."""
    words = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(words & {"overload", "setter", "override"})
