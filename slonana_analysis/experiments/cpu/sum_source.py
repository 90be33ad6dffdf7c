"""Source text of array sums: the guide's unrolled form and the forms it is often confused with."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Form: TypeAlias = Literal["guide form", "one accumulator", "many accumulators"]
FORMS: tuple[Form, ...] = ("guide form", "one accumulator", "many accumulators")
FOLDS = (2, 4, 8, 16)
DTYPES = ("int32", "int64", "float32", "float64")

_HEADER = '''"""Generated: sums of an array of {dtype}, one function per way of unrolling."""

import numba
import numpy as np

from slonana_analysis.experiments.cpu.ordered import ordered

T = np.{dtype}
U = np.uint64
'''

# No tail: the experiment's arrays are whole pages. A tail loop would be vectorised on its own and
# stand in the assembly beside the loop that is being shown. Unsigned indices, because for signed
# ones numba adds a compare and a conditional move per element (a negative index counts from the
# end): more work than the addition that is being timed.
_FUNCTION = """

@numba.njit({flags})
def {name}(values):
    {zero}
    for start in range(0, values.size, {fold}):
        i = U(start)
        {body}
    return {total}
"""


@dataclass(frozen=True)
class SumVariant:
    """One way to write the sum: display name, function name, unrolling and form."""

    name: str
    function: str
    fold: int
    form: str


BASELINE = SumVariant("1-fold", "fold_1", 1, "rolled")
PLAIN = SumVariant("plain loop", "plain", 1, "left to the compiler")
VECTORISED = SumVariant("vectorised", "vectorised", 1, "reassociation allowed")


def sum_variants() -> tuple[SumVariant, ...]:
    """Return every way to write the sum; the first is the baseline."""
    unrolled = [
        SumVariant(f"{fold}-fold, {form}", f"fold_{fold}_{form.replace(' ', '_')}", fold, form)
        for form in FORMS
        for fold in FOLDS
    ]
    return (BASELINE, *unrolled, PLAIN, VECTORISED)


def sum_source(dtype: str) -> str:
    """Return a Python module with one compiled sum per variant.

    Parameters
    ----------
    dtype : str
        One of ``DTYPES``; sums are accumulated in this type, as the guide's C code does.

    Returns
    -------
    str
        Module source; each function takes an array, whose size is a multiple of 16, and returns
        its sum as a scalar of its dtype.
    """
    functions = [_function(variant) for variant in sum_variants()]
    return _HEADER.format(dtype=dtype) + "".join(functions)


def _function(variant: SumVariant) -> str:
    lanes = variant.fold if variant.form == "many accumulators" else 1
    fast = ', fastmath={"reassoc", "nsz"}' if variant is VECTORISED else ""
    return _FUNCTION.format(
        name=variant.function,
        flags=f'cache=True, error_model="numpy", nogil=True{fast}',
        fold=variant.fold,
        zero="\n    ".join(f"s{lane} = T(0)" for lane in range(lanes)),
        body="\n        ".join(_body(variant)),
        total=_nested_sum([f"s{lane}" for lane in range(lanes)]),
    )


def _body(variant: SumVariant) -> list[str]:
    elements = ["values[i]", *(f"values[i + U({k})]" for k in range(1, variant.fold))]
    if variant in {PLAIN, VECTORISED}:
        return ["s0 = T(s0 + values[i])"]
    if variant.form == "guide form":
        return [f"s0 = ordered(T(s0 + {_nested_sum(elements)}))"]
    if variant.form == "many accumulators":
        return [f"s{k} = ordered(T(s{k} + {element}))" for k, element in enumerate(elements)]
    return [f"s0 = ordered(T(s0 + {element}))" for element in elements]


def _nested_sum(terms: list[str]) -> str:
    """Left to right, each partial sum in the array's own type, as C adds int32."""
    total = terms[0]
    for term in terms[1:]:
        total = f"T({total} + {term})"
    return total
