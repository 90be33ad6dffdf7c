"""Which peers this machine has, and how to get the others."""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from slonana_analysis.errors import UnavailableError
from slonana_analysis.experiments.peers.lleaves_environment import lleaves_python
from slonana_analysis.model.observation import observed
from slonana_analysis.native.compiler import compiler_facts

Made = TypeVar("Made")

HOW_TO_GET = "get it with: pip install 'slonana-analysis[peers]'"

LIGHTGBM = "LightGBM"
LLEAVES = "lleaves"
ONNX_RUNTIME = "ONNX Runtime"
SCIKIT_LEARN = "scikit-learn"
TL2CGEN = "tl2cgen"
TREELITE = "treelite"

PACKAGES: Mapping[str, tuple[str, ...]] = {
    LIGHTGBM: ("lightgbm",),
    LLEAVES: ("lightgbm",),
    ONNX_RUNTIME: ("onnx", "onnxruntime"),
    SCIKIT_LEARN: ("sklearn",),
    TL2CGEN: ("tl2cgen", "treelite"),
    TREELITE: ("treelite",),
}
"""What has to be importable for each peer. LightGBM grows the forest that lleaves compiles."""


@observed()
def missing_peers() -> dict[str, str]:
    """Return why each peer that cannot be timed here cannot be.

    Only looks whether the packages are there; one that is there and broken is found when it is
    loaded, and is then left out as well.

    Returns
    -------
    dict of str to str
        Peer to one sentence that says what is missing and how to get it; empty where all are here.
    """
    found = {}
    for peer in PACKAGES:
        try:
            require_peer(peer)
        except UnavailableError as error:
            found[peer] = str(error)
    return found


def require_peer(peer: str) -> None:
    """Do nothing where a peer can be had.

    Parameters
    ----------
    peer : str
        A key of ``PACKAGES``.

    Raises
    ------
    UnavailableError
        If a package, a compiler or the environment of lleaves is missing.
    """
    absent = [name for name in PACKAGES[peer] if importlib.util.find_spec(name) is None]
    if absent:
        raise UnavailableError(f"{', '.join(absent)} is not installed; {HOW_TO_GET}")
    if peer in {LLEAVES, TL2CGEN}:
        compiler_facts()
    if peer == LLEAVES:
        lleaves_python()


def load(module: str) -> Any:  # noqa: ANN401  # these packages carry no types
    """Import a peer's module.

    Parameters
    ----------
    module : str
        Dotted name.

    Returns
    -------
    module
        As ``import`` gives it.

    Raises
    ------
    UnavailableError
        If it is missing, or does not load: built for another numpy, or lacking a library.
    """
    try:
        loaded: ModuleType = importlib.import_module(module)
    except (ImportError, OSError) as error:
        raise UnavailableError(f"{module} cannot be imported ({error}); {HOW_TO_GET}") from error
    return loaded


def those_available(makers: Iterable[Callable[[], Made]]) -> tuple[Made, ...]:
    """Return what the makers make, without those that lack something on this machine.

    Parameters
    ----------
    makers : iterable of callable
        Each returns one thing or raises UnavailableError.

    Returns
    -------
    tuple
        In the order of the makers.
    """
    made = []
    for make in makers:
        try:
            made.append(make())
        except UnavailableError:
            continue  # ``missing_peers`` tells it in the report
    return tuple(made)
