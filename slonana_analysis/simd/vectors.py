"""Vectors as numba types: a value that lives in a vector register.

References
----------
LLVM language reference, vector type.
"""

from typing import Any, TypeAlias

from llvmlite import ir
from numba import types
from numba.core.datamodel import models
from numba.extending import register_model

NumbaObject: TypeAlias = Any  # contexts, types and signatures of numba carry no annotations

Lanes: TypeAlias = Any
"""In compiled code, the value of a vector."""

Memory: TypeAlias = Any
"""In compiled code, an array or a pointer to its elements."""

ELEMENTS: dict[str, tuple[Any, ir.Type]] = {
    "int1": (types.boolean, ir.IntType(1)),
    "int8": (types.int8, ir.IntType(8)),
    "int16": (types.int16, ir.IntType(16)),
    "int32": (types.int32, ir.IntType(32)),
    "int64": (types.int64, ir.IntType(64)),
    "float32": (types.float32, ir.FloatType()),
    "float64": (types.float64, ir.DoubleType()),
}


class Vector(types.Type):
    """A fixed number of equal elements.

    Parameters
    ----------
    element : str
        ``int1`` (a mask), ``int8`` to ``int64``, ``float32`` or ``float64``.
    lanes : int
        How many; a power of two.
    """

    def __init__(self, element: str, lanes: int) -> None:
        self.element = element
        self.lanes = lanes
        super().__init__(name=f"{element}x{lanes}")

    @property
    def scalar(self) -> NumbaObject:
        """The numba type of one element."""
        return ELEMENTS[self.element][0]

    @property
    def bits(self) -> int:
        """Bits of one element."""
        return int(self.element.removeprefix("int").removeprefix("float"))

    @property
    def is_float(self) -> bool:
        """Whether the elements are floating-point numbers."""
        return self.element.startswith("float")

    @property
    def llvm(self) -> ir.VectorType:
        """The type in LLVM."""
        return ir.VectorType(ELEMENTS[self.element][1], self.lanes)

    @property
    def suffix(self) -> str:
        """How overloaded LLVM intrinsics spell the type, for example ``v8i32``."""
        return f"v{self.lanes}{'f' if self.is_float else 'i'}{self.bits}"


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: NumbaObject, kind: Vector) -> None:
        super().__init__(manager, kind, kind.llvm)  # type: ignore[no-untyped-call]


int8x16, int8x32, int8x64 = (Vector("int8", lanes) for lanes in (16, 32, 64))
int16x8, int16x16, int16x32 = (Vector("int16", lanes) for lanes in (8, 16, 32))
int32x4, int32x8, int32x16 = (Vector("int32", lanes) for lanes in (4, 8, 16))
int64x2, int64x4, int64x8 = (Vector("int64", lanes) for lanes in (2, 4, 8))
float32x4, float32x8, float32x16 = (Vector("float32", lanes) for lanes in (4, 8, 16))
float64x2, float64x4, float64x8 = (Vector("float64", lanes) for lanes in (2, 4, 8))


def mask_of(vector: Vector) -> Vector:
    """Return the type that comparisons of ``vector`` give: one bit per lane."""
    return Vector("int1", vector.lanes)
