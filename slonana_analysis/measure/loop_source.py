"""Source text of timed loops: a kernel, repeated between two readings of the clock."""

import hashlib
import importlib
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from slonana_analysis.errors import UsageError
from slonana_analysis.measure.generated import PREFIX

Role: TypeAlias = Literal["out", "rotate", "shared", "scalar"]

_MODULE = '''"""Generated: {title}."""

import numba

{imports}


@numba.njit(cache=True, nogil=True, error_model="numpy")
def batch({parameters}):
    {prepare}
    start = clock_ns()
    for k in range(first, first + inner):
        {body}
    return clock_ns() - start
'''
_EMPTY_KERNEL = """@numba.njit
def kernel({parameters}):
    pass
"""


@dataclass(frozen=True)
class LoopSource:
    """Name and text of a module whose ``batch(inner, first, *arrays)`` returns nanoseconds."""

    name: str
    text: str


def check_roles(roles: Sequence[str]) -> None:
    """Raise UsageError unless every role is one of ``Role``."""
    unknown = sorted(set(roles) - set(get_args(Role)))
    if unknown:
        raise UsageError(
            f"no argument role is called {', '.join(unknown)}; "
            f"choose from {', '.join(get_args(Role))}"
        )


def kernel_loop_source(kernel: Any, roles: Sequence[Role]) -> LoopSource:  # noqa: ANN401
    """Return the timed loop around ``kernel``.

    Parameters
    ----------
    kernel : numba dispatcher
        A function at the top level of an importable or generated module.
    roles : sequence of Role
        One per argument of the kernel.

    Returns
    -------
    LoopSource
        Names the kernel, so that loops of different kernels never share a file.

    Raises
    ------
    UsageError
        If the kernel cannot be found again by its name, or takes another number of arguments.
    """
    check_roles(roles)
    function = getattr(kernel, "py_func", None)
    if function is None:
        raise UsageError(f"{kernel!r} is not compiled; decorate it with numba.njit first")
    module, name = _address(kernel, function)
    wanted = len(inspect.signature(function).parameters)
    if wanted != len(roles):
        raise UsageError(f"kernel '{module}.{name}' takes {wanted} arguments, not {len(roles)}")
    return LoopSource(
        f"loop_{name}",
        _loop_text(f"the timed loop of {module}.{name}", roles, _import(module, name)),
    )


def empty_loop_source(roles: Sequence[Role]) -> LoopSource:
    """Return the same loop around a kernel that does nothing."""
    check_roles(roles)
    parameters = ", ".join(_names(roles))
    return LoopSource(
        "empty_loop",
        _loop_text("the empty loop", roles, "\n\n" + _EMPTY_KERNEL.format(parameters=parameters)),
    )


def _names(roles: Sequence[Role]) -> list[str]:
    return [f"a{index}" for index in range(len(roles))]


def _loop_text(title: str, roles: Sequence[Role], kernel: str) -> str:
    arguments = list(zip(_names(roles), roles, strict=True))
    rotating = [name for name, role in arguments if role == "rotate"]
    scalars = [name for name, role in arguments if role == "scalar"]
    arrays = [name for name, role in arguments if role in {"out", "shared"}]
    prepare = [f"{name}_mask = {name}.shape[0] - 1" for name in rotating]
    body = [
        *(f"{name}_row = row({name}, k & {name}_mask)" for name in rotating),
        *(f"keep({name}_row)" for name in rotating),
        *(f"sink_pointer({name})" for name in arrays),
        f"keep(kernel({', '.join(_passed(name, role) for name, role in arguments)}))",
    ]
    used = ["keep", *(["opaque"] if scalars else []), *(["sink_pointer"] if arrays else [])]
    imports = [
        "from slonana_analysis.measure.clock import clock_ns",
        *(["from slonana_analysis.measure.rows import row"] if rotating else []),
        f"from slonana_analysis.measure.sinks import {', '.join(used)}",
        kernel,
    ]
    return _MODULE.format(
        title=title,
        imports="\n".join(imports).rstrip(),
        parameters=", ".join(["inner", "first", *_names(roles)]),
        prepare="\n    ".join(prepare) or "# nothing to prepare: no argument rotates",
        body="\n        ".join(body),
    )


def _passed(name: str, role: Role) -> str:
    if role == "rotate":
        return f"{name}_row"
    return f"opaque({name})" if role == "scalar" else name


def _address(kernel: object, function: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return the module and the name under which a fresh process finds ``kernel``."""
    module = function.__module__
    try:
        attributes = vars(importlib.import_module(module))
    except ImportError:
        attributes = {}
    # Searched by identity: ``fast = njit(fastmath=True)(plain)`` still calls itself ``plain``.
    names = [name for name, value in attributes.items() if value is kernel]
    if module == "__main__" or not names:
        raise UsageError(
            f"kernel '{function.__qualname__}' of '{module}' cannot be imported by a fresh "
            "process; define it at the top level of a module file, or make one with "
            "module_from_source"
        )
    return module, names[0]


def _import(module: str, name: str) -> str:
    if module.startswith(PREFIX):
        generated = module.removeprefix(PREFIX)
        return (
            "from slonana_analysis.measure.generated import load\n\n"
            f'kernel = load("{generated}").{name}'
        )
    # The hash changes this text, and with it the file's name, when the kernel's file changes: the
    # cache's fingerprint does not cover kernels from elsewhere.
    return f"from {module} import {name} as kernel\n\n# sha256 of {module}: {_file_hash(module)}"


def _file_hash(module: str) -> str:
    path = importlib.import_module(module).__file__
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else "no file"
