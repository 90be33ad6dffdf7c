"""A perfect tree for many rows at once: every comparison, then one selection for each inner node.

Rows lie in tiles, feature by feature, so that a feature of all rows of a tile is one vector. The
path that a row takes decides nothing, so there is nothing to mispredict.

A tree of depth ``d`` has ``2 ** d - 1`` inner nodes; node ``i`` has the children ``2 i + 1`` and
``2 i + 2``, and a feature below a node's threshold goes left. It is kept as one record of int32
words: for every node the offset of its feature's vector within a tile (in elements), for every node
its threshold, and the ``2 ** d`` leaves from left to right. int16 thresholds and leaves are stored
twice in their word, for x86 spreads 32 bits over a vector while it loads them, but not 16.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from slonana_analysis.simd.emission import constant, splatted
from slonana_analysis.simd.vectors import (
    NumbaObject,
    Vector,
    int16x16,
    int16x32,
    int32x8,
    int32x16,
)

_tuple_of: Any = types.UniTuple
_WORD = ir.IntType(32)
_INDEX = ir.IntType(64)


class _Selection:
    """Emits one tree, node by node, the children first."""

    def __init__(self, builder: ir.IRBuilder, vector: Vector, depth: int, *, indices: bool) -> None:
        self.builder = builder
        self.vector = vector
        self.inner = 2**depth - 1
        self.indices = indices

    def emit(self, record: ir.Value, tiles: list[ir.Value]) -> list[ir.Value]:
        """Return the leaves of every tile's rows."""
        self.record, self.tiles = record, tiles
        return self._below(0)

    def _below(self, node: int) -> list[ir.Value]:
        if node >= self.inner:
            return [self._leaf(node - self.inner)] * len(self.tiles)
        left, right = self._below(2 * node + 1), self._below(2 * node + 2)
        threshold = self._spread(self.inner + node)
        offset = self.builder.zext(self._word(node), _INDEX)
        return [
            self._chosen(tile, offset, threshold, pair)
            for tile, pair in zip(self.tiles, zip(left, right, strict=True), strict=True)
        ]

    def _chosen(
        self,
        tile: ir.Value,
        offset: ir.Value,
        threshold: ir.Value,
        pair: tuple[ir.Value, ir.Value],
    ) -> ir.Value:
        left, right = pair
        address = self.builder.gep(tile, [offset], inbounds=True)
        pointer = self.builder.bitcast(address, self.vector.llvm.as_pointer())
        features = self.builder.load(pointer, align=1)
        below = self.builder.icmp_signed("<", features, threshold)
        return self.builder.select(below, left, right)

    def _leaf(self, leaf: int) -> ir.Value:
        if self.indices:
            return constant(self.vector, leaf)
        return self._spread(2 * self.inner + leaf)

    def _word(self, index: int) -> ir.Value:
        address = self.builder.gep(self.record, [ir.Constant(_INDEX, index)], inbounds=True)
        return self.builder.load(address, align=4)

    def _spread(self, index: int) -> ir.Value:
        words = ir.VectorType(_WORD, self.vector.lanes * self.vector.bits // 32)
        return self.builder.bitcast(
            splatted(self.builder, words, self._word(index)), self.vector.llvm
        )


def _selection(vector: Vector, *, indices: bool) -> Any:  # noqa: ANN401  # an intrinsic
    def leaves(
        _: NumbaObject,
        tiles: NumbaObject,
        _stride: NumbaObject,
        record: NumbaObject,
        depth: NumbaObject,
        count: NumbaObject,
    ) -> NumbaObject:
        if not isinstance(depth, types.IntegerLiteral):
            return None  # numba asks again with the literals, if they are
        if not isinstance(count, types.IntegerLiteral):
            return None
        _require_pointer(tiles, vector.scalar)
        _require_pointer(record, types.int32)
        result = _tuple_of(vector, count.literal_value)

        def generate(
            context: NumbaObject,
            builder: ir.IRBuilder,
            signature: NumbaObject,
            values: list[ir.Value],
        ) -> ir.Value:
            first, stride, nodes = values[:3]
            starts = [first]
            for _ in range(1, count.literal_value):
                starts.append(builder.gep(starts[-1], [stride], inbounds=True))
            selection = _Selection(builder, vector, depth.literal_value, indices=indices)
            chosen = selection.emit(nodes, starts)
            return context.make_tuple(builder, signature.return_type, chosen)

        return result(tiles, types.intp, record, depth, count), generate

    leaves.__name__ = leaves.__qualname__ = f"{'indices' if indices else 'leaves'}_{vector}"
    return intrinsic(leaves)


def _require_pointer(kind: NumbaObject, element: NumbaObject) -> None:
    if not isinstance(kind, types.CPointer) or kind.dtype != element:
        raise TypingError(f"a pointer to {element} is wanted here, not {kind}")


leaves_int16x16, leaves_int16x32 = (
    _selection(each, indices=False) for each in (int16x16, int16x32)
)
"""``leaves_<type>(tiles, stride, record, depth, count)``: the leaves that the rows of ``count``
tiles reach, a tuple of vectors.

``tiles`` points to the first tile and ``stride`` is the number of elements from one to the next;
``record`` points to the tree; ``depth`` and ``count`` are literals. Two tiles share the loads of
thresholds and leaves.
"""
leaves_int32x8, leaves_int32x16 = (_selection(each, indices=False) for each in (int32x8, int32x16))
indices_int16x16, indices_int16x32 = (
    _selection(each, indices=True) for each in (int16x16, int16x32)
)
"""``indices_<type>(...)``: likewise the number of the leaf, counted from the left."""
