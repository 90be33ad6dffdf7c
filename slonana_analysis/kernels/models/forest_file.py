"""Opening the forest of any library."""

from pathlib import Path

from slonana_analysis.errors import FormatError, UnavailableError
from slonana_analysis.kernels.models.forests import ForestModel
from slonana_analysis.kernels.models.lightgbm_text import read_lightgbm
from slonana_analysis.kernels.models.onnx_trees import read_onnx
from slonana_analysis.kernels.models.xgboost_json import read_xgboost

# Parsed text takes some ten times its size in memory.
_LARGEST = 2**28
# An ONNX file is a protocol buffer whose first field is the version of its format.
_ONNX_BEGINNING = b"\x08"


def open_forest(path: Path | str) -> ForestModel:
    """Read a forest of LightGBM (text), XGBoost (JSON) or ONNX, told apart by content.

    Parameters
    ----------
    path : path-like
        A regular file of at most 256 MiB.

    Returns
    -------
    ForestModel
        As `read_lightgbm`, `read_xgboost` or `read_onnx` gives it.

    Raises
    ------
    UnavailableError
        If the file cannot be read, or onnx is needed and not installed.
    FormatError
        If it is none of these, too large, or holds what its reader does not support.
    """
    path = Path(path)
    data = _content(path)
    try:
        if data.startswith(b"tree\n"):
            return read_lightgbm(data.decode())
        if data.startswith(b"{"):
            return read_xgboost(data)
        if data.startswith(_ONNX_BEGINNING):
            return read_onnx(data)
    except UnicodeDecodeError as error:
        raise FormatError(f"{path} is no text of LightGBM: {error}") from error
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error
    raise FormatError(
        f"{path} is no forest that is known here: name a text model of LightGBM, a JSON model of "
        "XGBoost or an ONNX file"
    )


def _content(path: Path) -> bytes:
    try:
        # A pipe or a device would wait, or never end.
        if not path.is_file():
            raise UnavailableError(f"{path} is no file: name a forest's model file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be read ({error.strerror}); check the path and its permissions"
        ) from error
    if len(data) > _LARGEST:
        raise FormatError(f"{path} exceeds {_LARGEST >> 20} MiB, more than a forest needs")
    return data
