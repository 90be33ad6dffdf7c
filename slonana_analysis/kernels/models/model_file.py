"""Opening a model file of either kind."""

from pathlib import Path

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.kernels.models import mlp_file, tree_file
from slonana_analysis.kernels.models.model import InvalidModelError, Mlp, Tree

# The largest model has 67,676 bytes: eight layers of 64 x 64. What follows is never looked at, so
# a longer file need not be read either.
_BYTES_READ = 2**17


def open_model(path: Path | str) -> Mlp | Tree:
    """Read a model file of the validator, a perceptron or a tree by its magic number.

    Parameters
    ----------
    path : path-like
        A regular file of any size.

    Returns
    -------
    Mlp or Tree
        As `read_mlp` or `read_tree` gives it.

    Raises
    ------
    UnavailableError
        If the file cannot be read.
    FormatError
        If it begins with neither magic number.
    InvalidModelError
        If the validator would not load it.
    """
    path = Path(path)
    data = _beginning(path)
    magic = int.from_bytes(data[:4], "little")
    try:
        if magic == mlp_file.MAGIC:
            return mlp_file.read_mlp(data)
        if magic == tree_file.MAGIC:
            return tree_file.read_tree(data)
    except InvalidModelError as error:
        raise InvalidModelError(f"{path}: {error}") from error
    raise FormatError(
        f"{path} is no model of the validator: it must begin with b'1PLM' (perceptron) or "
        f"b'10TD' (tree), not with {data[:4]!r}"
    )


def _beginning(path: Path) -> bytes:
    try:
        # A pipe or a device would wait, or never end.
        if not path.is_file():
            raise UnavailableError(f"{path} is no file: name a model file that the validator loads")
        with path.open("rb") as file:
            return file.read(_BYTES_READ)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
