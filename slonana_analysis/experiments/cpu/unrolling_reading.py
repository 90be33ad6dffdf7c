"""What the figures of experiment 21 say, in words that follow from the figures."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # launches import this module, and need no table: a fifth of a second each
    import pandas as pd

GUIDE = "4-fold, guide form"
_CHAIN = "4-fold, one accumulator"
_VECTORISED = "vectorised"
# Below this ratio two times are called the same in prose; the table beside it has the intervals.
_CLOSE = 1.05


def reading(table: "pd.DataFrame", verdicts: "pd.DataFrame") -> str:
    """Return a paragraph per question, as Markdown.

    Parameters
    ----------
    table : DataFrame
        From ``loop_unrolling.tabulate``.
    verdicts : DataFrame
        Columns of ``schema.VERDICTS``; decides whether the guide's claim holds.

    Returns
    -------
    str
        Markdown; it holds no text that did not come from this package.
    """
    nearest = table[table["level"] == table["level"].iloc[0]]
    lines = [_per_dtype(str(dtype), rows) for dtype, rows in nearest.groupby("dtype", sort=False)]
    level = nearest["level"].iloc[0]
    head = f"**Data in {level}.** Cycles per element:"
    return "\n".join([head, "", *lines, "", _claim(verdicts), "", _beyond(table)])


def _per_dtype(dtype: str, rows: "pd.DataFrame") -> str:
    cycles = rows.set_index("variant")["cycles"]
    many = rows[rows["form"] == "many accumulators"].sort_values("cycles").iloc[0]
    return (
        f"- `{dtype}`: rolled {cycles['1-fold']:.2f}; the guide's four-fold form "
        f"{cycles[GUIDE]:.2f} ({_times(cycles['1-fold'], cycles[GUIDE])}); four-fold onto one "
        f"accumulator {cycles[_CHAIN]:.2f} ({_times(cycles['1-fold'], cycles[_CHAIN])}); best hand "
        f"form with several accumulators {many['cycles']:.2f} ({many['variant']}); the compiler's "
        f"vectorised loop {cycles[_VECTORISED]:.2f} "
        f"({_times(many['cycles'], cycles[_VECTORISED])} against that best hand form)."
    )


def _times(slow: float, fast: float) -> str:
    ratio = slow / fast
    if 1 / _CLOSE < ratio < _CLOSE:
        return "no faster"
    return f"{ratio:.1f} times as fast" if ratio > 1 else f"{1 / ratio:.1f} times as slow"


def _claim(verdicts: "pd.DataFrame") -> str:
    guide = verdicts[verdicts["variant"] == GUIDE]
    counts = guide["verdict"].value_counts()
    total = len(guide)
    told = ", ".join(f"{word} in {counts[word]}" for word in counts.index)
    if counts.get("improved", 0) == total:
        outcome = "The guide's claim holds in every case measured"
    elif counts.get("improved", 0):
        outcome = "The guide's claim holds in some of the cases measured, not in all"
    elif counts.get("inconclusive", 0) == total:
        outcome = "Whether the guide's claim holds cannot be told from so few launches"
    else:
        outcome = "The guide's claim does not hold in the cases measured"
    return (
        f"**The claim.** {outcome}: against the rolled loop its four-fold form is {told} of {total}"
        f" cases. Where floating-point sums gain, they gain by a shorter dependency chain: one"
        f" addition per four elements waits for the one before. The same number of additions onto"
        f" one accumulator keeps the chain and its time. Integer additions may be reordered freely,"
        f" and the compiler turns the guide's form back into one chain (see the machine code):"
        f" there only the loop's own overhead is saved."
    )


def _beyond(table: "pd.DataFrame") -> str:
    last = table[table["level"] == table["level"].iloc[-1]]
    if last["level"].iloc[0] == table["level"].iloc[0]:
        return "**Larger data.** Not measured with this preset; `quick` goes out to DRAM."
    shares = last[last["variant"] == _VECTORISED].assign(
        share=lambda rows: rows["roof"] / rows["ns"]
    )
    best = last.groupby("dtype", sort=False)["ns"].agg(["min", "max"])
    spread = (best["max"] / best["min"]).max()
    return (
        f"**Data in {last['level'].iloc[0]}.** The vectorised loop reaches "
        f"{100 * shares['share'].min():.0f} to {100 * shares['share'].max():.0f} % of the roof; "
        f"fastest and slowest variant differ {spread:.1f}-fold at most."
    )
