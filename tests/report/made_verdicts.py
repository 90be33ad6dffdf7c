"""Rows of verdicts as two experiments would leave them, made up, with hostile names among them."""

import json
import math

import numpy as np

RUN_ID = "20261123T041500Z-7f3a9c"
HOSTILE = "<script>alert(1)</script>"
HOSTILE_ATTRIBUTE = '"><img src=x onerror=alert(1)>'
FORMS = {"guide form": 0.97, "one accumulator": 1.002, "many accumulators": None}
LEVELS = {"L1": 210e9, "L2": 104e9, "L3": 41e9, "DRAM": 11.9e9}


def verdict_row(
    experiment: str,
    variant: str,
    parameters: dict[str, object],
    verdict: str,
    effect: float,
    *,
    spread: float = 0.004,
    baseline_value: float = 1240.0,
    baseline: str = "1-fold",
    launches: int = 7,
    reason: str = "",
) -> dict[str, object]:
    """One row of the verdict table; `spread` is the half width of the effect's interval."""
    value = baseline_value * (1 + effect)
    text = json.dumps(parameters, sort_keys=True)
    return {
        "run": RUN_ID,
        "experiment": experiment,
        "variant": variant,
        "parameters": text,
        "name": f"{experiment.replace('_', ' ')}, {variant} ({text})",
        "baseline": baseline,
        "verdict": verdict,
        "estimate": effect,
        "low": effect - spread * (1 + effect),
        "high": effect + spread * (1 + effect),
        "launches": launches,
        "floor": 0.01,
        "mde": 0.01 + 1.6 * spread,
        "value": value,
        "value_low": value * (1 - spread),
        "value_high": value * (1 + spread),
        "baseline_value": baseline_value,
        "unit": "ns",
        "reason": reason,
        "p_value": float("nan"),
        "comparisons": 0,
    }


def not_measured_row(
    experiment: str, variant: str, parameters: dict[str, object], reason: str
) -> dict[str, object]:
    row = verdict_row(experiment, variant, parameters, "not measured", math.nan, reason=reason)
    return row | {"launches": 0, "mde": math.nan, "baseline_value": math.nan}


def _word(effect: float, spread: float) -> str:
    if abs(effect) > 0.01 and abs(effect) > spread:
        return "improved" if effect < 0 else "regressed"
    return "same" if abs(effect) + spread < 0.01 else "inconclusive"


def unrolling_rows() -> list[dict[str, object]]:
    generator = np.random.default_rng(21)
    rows = []
    for dtype in ("int32", "float64"):
        for place, level in enumerate(LEVELS):
            for form, factor in FORMS.items():
                for fold in (2, 4, 8, 16):
                    ratio = (factor or max(1 / fold, 0.08 * 3**place)) + generator.normal(0, 0.002)
                    effect, spread = min(ratio, 1.02) - 1, 0.003 * (1 + 2 * place)
                    parameters = {"bytes": 16384 << (5 * place), "dtype": dtype, "level": level}
                    rows.append(
                        verdict_row(
                            "loop_unrolling",
                            f"{fold}-fold, {form}",
                            parameters,
                            _word(effect, spread),
                            effect,
                            spread=spread,
                            baseline_value=1240.0 * 32**place,
                            reason=""
                            if _word(effect, spread) != "inconclusive"
                            else "the interval holds both a change and none",
                        )
                    )
    parameters = {"bytes": 16384, "dtype": "int32", "level": "L1"}
    faster = "it would be faster than this machine's roof allows"
    rows.append(not_measured_row("loop_unrolling", "vectorised", parameters, faster))
    return rows


def inference_rows() -> list[dict[str, object]]:
    rows = []
    for shape, base in (("32x32", 1830.0), ("64x64", 7100.0)):
        for variant, effect in (("numpy", 0.6), ("transposed", -0.41), ("vectorised", -0.83)):
            word = "improved" if effect < 0 else "regressed"
            rows.append(
                verdict_row(
                    "ml_inference",
                    f"dense, {variant}",
                    {"shape": shape},
                    word,
                    effect,
                    spread=0.012,
                    baseline_value=base,
                    baseline="dense, plain",
                )
            )
    rows.append(verdict_row("ml_inference", HOSTILE, {"shape": HOSTILE_ATTRIBUTE}, "same", 0.001))
    return rows
