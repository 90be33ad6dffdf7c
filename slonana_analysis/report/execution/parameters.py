"""Parameters of notebooks: what each declares, and what ``-p NAME=VALUE`` makes of it."""

import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from papermill.inspection import inspect_notebook

from slonana_analysis.errors import UsageError
from slonana_analysis.report.execution.notebooks import Notebook

RESERVED: Mapping[str, str] = MappingProxyType(
    {"preset": "use --preset instead", "output": "it is where the run gathers results"}
)

_GENERIC = re.compile(r"(?P<outer>\w+)(\[(?P<inner>.*)\])?")
_TYPES: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"int": (int,), "float": (int, float), "str": (str,), "bool": (bool,), "list": (list,)}
)


def declared_parameters(notebook: Notebook) -> dict[str, str]:
    """Return a notebook's parameters: name to annotation, ``"None"`` where it has none.

    Parameters
    ----------
    notebook : Notebook
        Its cell tagged ``parameters`` is read, not executed.
    """
    if notebook.content is None:
        return {}
    entries = inspect_notebook(notebook.content)
    return {name: str(entry["inferred_type_name"]) for name, entry in entries.items()}


def parse_overrides(overrides: Sequence[str], notebooks: Sequence[Notebook]) -> dict[str, object]:
    """Return the values of ``NAME=VALUE`` overrides, of the types the notebooks ask for.

    Parameters
    ----------
    overrides : sequence of str
        Each ``NAME=VALUE``. A value is read as JSON where that is possible and as text otherwise;
        for a parameter annotated ``str`` it is taken as it stands.
    notebooks : sequence of Notebook
        Those that will be executed.

    Returns
    -------
    dict of str to object
        JSON values by name.

    Raises
    ------
    UsageError
        If an override has no ``=``, is named twice, is unknown to every notebook, or its value is
        not of the annotated type.
    """
    declared = {notebook.name: declared_parameters(notebook) for notebook in notebooks}
    values: dict[str, object] = {}
    for override in overrides:
        name, separator, text = override.partition("=")
        if not separator or not name.isidentifier():
            raise UsageError(f"'-p {override}' is not NAME=VALUE; write for example -p launches=5")
        if name in RESERVED:
            raise UsageError(f"'-p {name}=…' cannot be set: {RESERVED[name]}")
        if name in values:
            raise UsageError(f"'-p {name}=…' is given twice; give it once")
        values[name] = _typed_value(name, text, declared)
    return values


def notebook_parameters(
    notebook: Notebook, overrides: Mapping[str, object], *, preset: str, output: str
) -> dict[str, object]:
    """Return what to inject into one notebook: only what it declares."""
    offered = {**overrides, "preset": preset, "output": output}
    return {name: offered[name] for name in declared_parameters(notebook) if name in offered}


def _typed_value(name: str, text: str, declared: Mapping[str, Mapping[str, str]]) -> object:
    kinds = {
        notebook: parameters[name]
        for notebook, parameters in declared.items()
        if name in parameters
    }
    if not kinds:
        known = sorted({each for parameters in declared.values() for each in parameters})
        names = ", ".join(each for each in known if each not in RESERVED) or "none"
        raise UsageError(f"no chosen notebook has a parameter '{name}'; they have: {names}")
    value = text if _is_text(next(iter(kinds.values()))) else _json_or_text(text)
    for notebook, kind in kinds.items():
        if not _is_of_kind(value, kind):
            raise UsageError(
                f"'-p {name}={text}': notebook {notebook} wants {kind}, "
                f"and {json.dumps(value)} is none"
            )
    return value


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text


def _refuse_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are no JSON; they stay text


def _is_text(kind: str) -> bool:
    return kind.strip() == "str"


def _is_of_kind(value: object, kind: str) -> bool:
    """Whether a JSON value fits an annotation; one that is not understood accepts anything."""
    match = _GENERIC.fullmatch(kind.strip())
    if match is None or match["outer"] not in _TYPES:
        return True
    accepted = _TYPES[match["outer"]]
    if not isinstance(value, accepted) or (isinstance(value, bool) and bool not in accepted):
        return False
    return not isinstance(value, list) or all(_is_of_kind(x, match["inner"] or "") for x in value)
