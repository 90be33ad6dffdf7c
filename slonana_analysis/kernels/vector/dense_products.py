"""Sums of products of int16, many outputs at a time, in registers.

The code is emitted instead of written: it has as many accumulators as its arguments say, all of
them must be registers, and for each number of columns there is one straight run of multiplications.
"""

from itertools import product
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from slonana_analysis.simd.emission import is_x86, shuffled
from slonana_analysis.simd.multiply import emit_multiply_add
from slonana_analysis.simd.vectors import NumbaObject, Vector

INPUTS = 64
"""How many inputs there is room for, in int16."""

_LANES = 8
_ACCUMULATORS = 8
_QUAD = 4  # pairs in 128 bits, within which x86 shuffles cheaply
_pointer_to: Any = types.CPointer
_INT64 = ir.IntType(64)
_INT32 = ir.IntType(32)


def _sums_of_products(
    _: NumbaObject,
    _sums: NumbaObject,
    _weights: NumbaObject,
    _inputs: NumbaObject,
    pairs: NumbaObject,
    blocks: NumbaObject,
    parts: NumbaObject,
) -> NumbaObject:
    literals = (pairs, blocks, parts)
    if not all(isinstance(each, types.IntegerLiteral) for each in literals):
        return None  # numba asks again with the literals
    counts = [each.literal_value for each in literals]

    def generate(
        context: NumbaObject, builder: ir.IRBuilder, _: NumbaObject, values: list[ir.Value]
    ) -> ir.Value:
        sums, weights, inputs = values[:3]
        _Run(builder, (sums, weights, inputs), *counts).emit()
        return context.get_dummy_value()

    int16s = _pointer_to(types.int16)
    given = (_pointer_to(types.int32), int16s, int16s, *literals)
    return types.void(*given), generate


class _Run:
    """The multiplications for one number of pairs."""

    def __init__(
        self,
        builder: ir.IRBuilder,
        memory: tuple[ir.Value, ...],
        pairs: int,
        blocks: int,
        parts: int,
    ) -> None:
        self.builder = builder
        self.sums, self.weights, self.inputs = memory
        self.width = 2 * _LANES * blocks
        self.vector = Vector("int16", 2 * _LANES)
        self.total = ir.VectorType(_INT32, _LANES)
        self.parts, self.blocks = parts, range(blocks)
        self.per_part = pairs // parts
        at_once = max(1, _ACCUMULATORS // len(self.blocks))
        self.together = min(parts, at_once)
        # Each multiplication waits for the one before it: more sums than asked for hide that.
        self.chains = min(self.per_part, at_once // self.together)

    def emit(self) -> None:
        for first in range(0, self.parts, self.together):
            parts = range(first, first + self.together)
            totals = self._multiplied(parts)
            for part, block in product(parts, self.blocks):
                chains = [totals[part, block, chain] for chain in range(self.chains)]
                self._store(part, block, chains)

    def _multiplied(self, parts: range) -> dict[tuple[int, ...], ir.Value]:
        names = product(parts, self.blocks, range(self.chains))
        totals: dict[tuple[int, ...], ir.Value] = dict.fromkeys(
            names, ir.Constant(self.total, None)
        )
        quads: dict[int, ir.Value] = {}
        for step, part in product(range(self.per_part), parts):
            pair = part * self.per_part + step
            factor = self._factor(quads, pair)
            for block in self.blocks:
                weight = self._load(pair * self.width + block * self.vector.lanes)
                name = (part, block, step % self.chains)
                added = [totals[name], factor, weight]
                totals[name] = emit_multiply_add(self.builder, self.vector, added)
        return totals

    def _factor(self, quads: dict[int, ir.Value], pair: int) -> ir.Value:
        """Return one pair of inputs in all lanes: one of four that were loaded together."""
        name = pair // _QUAD
        if name not in quads:
            address = self.builder.gep(self.inputs, [_INT64(name * 2 * _QUAD)], inbounds=True)
            kind = ir.VectorType(_INT32, _QUAD)
            quad = self.builder.load(self.builder.bitcast(address, kind.as_pointer()), align=16)
            repeated = list(range(_QUAD)) * (self.total.count // _QUAD)
            quads[name] = self._opaque(shuffled(self.builder, (quad, quad), repeated))
        within = [lane // _QUAD * _QUAD + pair % _QUAD for lane in range(self.total.count)]
        wide = shuffled(self.builder, (quads[name], quads[name]), within)
        return self.builder.bitcast(wide, self.vector.llvm)

    def _opaque(self, quad: ir.Value) -> ir.Value:
        # Or LLVM would load every pair by itself, and do so for all groups of rows before the
        # first one, in more registers than there are.
        kind = ir.FunctionType(quad.type, [quad.type])
        register = "v" if is_x86(self.builder) else "w"
        return self.builder.asm(kind, "", f"={register},0", [quad], side_effect=True)

    def _load(self, offset: int) -> ir.Value:
        address = self.builder.gep(self.weights, [_INT64(offset)], inbounds=True)
        pointer = self.builder.bitcast(address, self.vector.llvm.as_pointer())
        return self.builder.load(pointer, align=2 * _LANES * 2)

    def _store(self, part: int, block: int, chains: list[ir.Value]) -> None:
        total = chains[0]
        for chain in chains[1:]:
            total = self.builder.add(total, chain)
        number = part * len(self.blocks) + block
        address = self.builder.gep(self.sums, [_INT64(number * self.total.count)], inbounds=True)
        self.builder.store(total, self.builder.bitcast(address, self.total.as_pointer()), align=32)


sums_of_products: Any = intrinsic(_sums_of_products)
"""``sums_of_products(sums, weights, inputs, pairs, blocks, parts)``.

Multiplies pairs of int16 inputs with the pairs of int16 weights of ``8 blocks`` rows.

Parameters
----------
sums : pointer to int32
    Receives ``parts * 8 blocks`` sums, in this order; each wraps.
weights : pointer to int16
    For each pair, two weights of every row. Aligned to 32 bytes.
inputs : pointer to int16
    Two for each pair.
pairs, blocks, parts : literal int
    As above; part ``k`` sums the ``k``-th of ``parts`` equal shares of the pairs.
"""
