"""The names that notebooks use: few, all there, and nothing else behind the door."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.modules import PACKAGE

MOST_NAMES = 20


def too_many_names(root: Path) -> list[str]:
    """Find a front door wider than the design allows."""
    names = [name for name, _, _ in _promised(root)]
    if len(names) <= MOST_NAMES:
        return []
    return [f"{PACKAGE}/__init__.pyi offers {len(names)} names, at most {MOST_NAMES}"]


def broken_promises(root: Path) -> list[str]:
    """Find names that the stub promises and the module it names does not define."""
    return [
        f"{PACKAGE}/__init__.pyi:{line}: there is no {name} in {module.relative_to(root)}"
        for name, module, line in _promised(root)
        if name not in _defined(module)
    ]


def logic(root: Path) -> list[str]:
    """Find anything in the package's ``__init__`` but a docstring, imports and assignments."""
    path = root / PACKAGE / "__init__.py"
    harmless = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign
    return [
        f"{path.relative_to(root)}:{node.lineno}: only imports and names belong here"
        for node in ast.parse(path.read_text()).body
        if not isinstance(node, harmless)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]


def _promised(root: Path) -> Iterator[tuple[str, Path, int]]:
    tree = ast.parse((root / PACKAGE / "__init__.pyi").read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        folder = root / PACKAGE / Path(*node.module.removeprefix(f"{PACKAGE}.").split("."))
        package = folder / "__init__.py"
        module = package if package.is_file() else folder.with_suffix(".py")
        for alias in node.names:
            yield alias.name, module, node.lineno


def _defined(module: Path) -> set[str]:
    if not module.is_file():
        return set()
    # A package has its modules as names too.
    beside = module.parent.iterdir() if module.name == "__init__.py" else ()
    names = {path.stem for path in beside if path.suffix == ".py" or path.is_dir()}
    for node in ast.parse(module.read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.ImportFrom(names=aliases):
                names.update(alias.asname or alias.name for alias in aliases)
    return names
