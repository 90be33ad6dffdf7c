"""The package as data: its modules, and what each of them imports of ours."""

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "slonana_analysis"

# Imports that are hidden in text: an entry point, and the import lines of a generated module.
_ENTRY_POINT = re.compile(rf"{PACKAGE}(?:\.\w+)+(?::\w+)?")
_IMPORT_LINE = re.compile(
    rf"^[ ]*(?:from ({PACKAGE}[.\w]*) import (\w+)|import ({PACKAGE}[.\w]+))", re.MULTILINE
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported name: ``target`` is dotted, a module or something in a module.

    ``hidden`` means in a string, which is loaded later if at all.
    """

    target: str
    line: int
    in_function: bool = False
    type_checking: bool = False
    relative: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class Module:
    """A source file, its dotted name and its syntax tree."""

    root: Path
    path: Path
    name: str

    @property
    def room(self) -> str:
        """The folder or file directly under the package; empty for the package itself."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, str(self.path))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything imported: ours with their full names, others too, and what text hides."""
        written = _Imports()
        written.visit(self.tree)
        return (*written.found, *_hidden_imports(self.tree))

    def at(self, line: int) -> str:
        """Give the place as ``file:line``."""
        return f"{self.path.relative_to(self.root)}:{line}"


def modules(root: Path, package: str = PACKAGE) -> tuple[Module, ...]:
    """Find every module of the package that lies in ``root``, sorted by path."""
    paths = sorted((root / package).rglob("*.py"))
    return tuple(Module(root, path, _dotted(path.relative_to(root))) for path in paths)


def functions(module: Module) -> Iterator[Function]:
    """Go through every function of a module, nested ones and methods included."""
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def module_of(target: str, names: Container[str]) -> str:
    """Find the module that a dotted name lies in, a submodule before a name in a package."""
    while target and target not in names:
        target = target.rpartition(".")[0]
    return target


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _Imports(ast.NodeVisitor):
    """Collects the imports of a module together with where they stand."""

    def __init__(self) -> None:
        self.found: list[Import] = []
        self._in_function = False
        self._type_checking = False

    def _enter_function(self, node: ast.AST) -> None:
        outside, self._in_function = self._in_function, True
        self.generic_visit(node)
        self._in_function = outside

    visit_FunctionDef = _enter_function  # noqa: N815 - ast's way of naming
    visit_AsyncFunctionDef = _enter_function  # noqa: N815

    def visit_If(self, node: ast.If) -> None:
        outside = self._type_checking
        self._type_checking = outside or "TYPE_CHECKING" in ast.unparse(node.test)
        self.generic_visit(node)
        self._type_checking = outside

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name, node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._add(f"{node.module or ''}.{alias.name}".lstrip("."), node, node.level > 0)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # After `import slonana_analysis`: a name of the front door, wherever it comes from.
        ours = isinstance(node.value, ast.Name) and node.value.id == PACKAGE
        if ours and not node.attr.startswith("__"):
            self._add(f"{PACKAGE}.{node.attr}", node)
        self.generic_visit(node)

    def _add(self, target: str, node: ast.stmt | ast.expr, relative: bool = False) -> None:
        place = (node.lineno, self._in_function, self._type_checking)
        self.found.append(Import(target, *place, relative))


def _hidden_imports(tree: ast.Module) -> Iterator[Import]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            continue
        if _ENTRY_POINT.fullmatch(node.value):
            yield Import(node.value.partition(":")[0], node.lineno, hidden=True)
        for match in _IMPORT_LINE.finditer(node.value):
            module, name, whole = match.groups()
            yield Import(whole or f"{module}.{name}", node.lineno, hidden=True)
