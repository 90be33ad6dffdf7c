"""What the validator charges for inference, in compute units.

Its documents give other figures; these are what its code computes.
"""

from slonana_analysis.kernels.activations import Activation

_LAYER = 10
_SOFTMAX = 20
_SOFTMAX_OUTPUT = 5
_TREE_LEVEL = 2


def dense_units(inputs: int, outputs: int, activation: int) -> int:
    """Return the charge for a dense layer with its activation.

    Parameters
    ----------
    inputs, outputs : int
        Of the layer.
    activation : int
        `Activation`, or any other code.

    Returns
    -------
    int
        Compute units.
    """
    activated = (
        _SOFTMAX + _SOFTMAX_OUTPUT * outputs if activation == Activation.SOFTMAX else outputs
    )
    return _LAYER + inputs * outputs + activated


def tree_units(max_depth: int) -> int:
    """Return the charge for a decision tree that may visit ``max_depth`` nodes."""
    return _TREE_LEVEL * max_depth
