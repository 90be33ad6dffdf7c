"""Entries of the activations and of argmax. A model is one word: how many values."""

import numpy as np
from numba import njit

from slonana_analysis.kernels.entries.c_function import c_function
from slonana_analysis.kernels.vector.activations import (
    argmax_of,
    leaky_relu_of,
    relu_of,
    sigmoid_values,
    tanh_values,
)
from slonana_analysis.kernels.vector.softmax import softmax_values
from slonana_analysis.simd.memory import read, write
from slonana_analysis.simd.vectors import Memory


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _relu(out: Memory, values: Memory, model: Memory) -> np.uint64:
    relu_of(out, values, np.int64(read(model, 0)))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _leaky_relu(out: Memory, values: Memory, model: Memory) -> np.uint64:
    leaky_relu_of(out, values, np.int64(read(model, 0)))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _sigmoid(out: Memory, values: Memory, model: Memory) -> np.uint64:
    sigmoid_values(out, values, np.int64(read(model, 0)))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _tanh(out: Memory, values: Memory, model: Memory) -> np.uint64:
    tanh_values(out, values, np.int64(read(model, 0)))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _softmax(out: Memory, values: Memory, model: Memory) -> np.uint64:
    softmax_values(out, values, np.int64(read(model, 0)))
    return np.uint64(0)


@njit(cache=True, error_model="numpy", nogil=True, forceinline=True)
def _argmax(out: Memory, values: Memory, model: Memory) -> np.uint64:
    write(out, 0, argmax_of(values, np.int64(read(model, 0))))
    return np.uint64(0)


@njit(cache=True)
def relu_entry() -> int:
    """Return the address of ReLU as a C function."""
    address: int = c_function(_relu)
    return address


@njit(cache=True)
def leaky_relu_entry() -> int:
    """Return the address of leaky ReLU as a C function."""
    address: int = c_function(_leaky_relu)
    return address


@njit(cache=True)
def sigmoid_entry() -> int:
    """Return the address of the sigmoid as a C function."""
    address: int = c_function(_sigmoid)
    return address


@njit(cache=True)
def tanh_entry() -> int:
    """Return the address of tanh as a C function."""
    address: int = c_function(_tanh)
    return address


@njit(cache=True)
def softmax_entry() -> int:
    """Return the address of softmax as a C function."""
    address: int = c_function(_softmax)
    return address


@njit(cache=True)
def argmax_entry() -> int:
    """Return the address of argmax, written to the first word of ``out``, as a C function."""
    address: int = c_function(_argmax)
    return address
