"""Libraries that only some users have: imported when used, with a sentence when missing."""

import importlib
from types import ModuleType

from slonana_analysis.errors import UnavailableError


def optional_library(module: str, package: str) -> ModuleType:
    """Import a module that this package does not require.

    Parameters
    ----------
    module : str
        What to import, such as ``sklearn.tree``.
    package : str
        What pip calls it, such as ``scikit-learn``.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    UnavailableError
        If it is not installed, or cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UnavailableError(
            f"{package} is needed here and cannot be imported ({error}): "
            f"run `python -m pip install {package}`"
        ) from error
