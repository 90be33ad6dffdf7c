"""Names without what only one build or one run gave them, so that two profiles can be matched.

Every rule can be switched off; the original names are always kept beside the canonical ones.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from slonana_analysis.errors import UsageError

# No compiler makes longer ones on purpose, and some rules take quadratic time on hostile names.
_LONGEST = 4096


@dataclass(frozen=True)
class Rule:
    """One rewriting of names.

    Attributes
    ----------
    name : str
        What it is switched off by.
    meaning : str
        What it takes away, and from which names: of functions, modules or threads.
    steps : tuple of (Pattern, str)
        Regular expressions and what replaces each match.
    kinds : tuple of str
        ``function``, ``module``, ``thread``: which names it applies to.
    """

    name: str
    meaning: str
    steps: tuple[tuple[re.Pattern[str], str], ...]
    kinds: tuple[str, ...]


def _rule(name: str, meaning: str, kinds: str, *steps: tuple[str, str]) -> Rule:
    return Rule(
        name, meaning, tuple((re.compile(find), put) for find, put in steps), tuple(kinds.split())
    )


RULES: tuple[Rule, ...] = (
    _rule(
        "addresses",
        "addresses of five hexadecimal digits or more become 0x*",
        "function module",
        (r"\b0x[0-9a-fA-F]{5,16}\b", "0x*"),
    ),
    _rule(
        "hashes",
        "the hash that ends a Rust name (::h and 16 digits), a crate's in brackets, and LLVM's "
        ".llvm. numbers are left out",
        "function",
        (r"::h[0-9a-f]{16}\b", ""),
        (r"(?<=\w)\[[0-9a-f]{12,16}\]", ""),
        (r"\.llvm\.\d+", ""),
    ),
    _rule(
        "clones",
        "suffixes of copies that the compiler makes are left out: .constprop.0 .isra.1 .part.0 "
        ".cold .lto_priv.0, also as [clone .cold]",
        "function",
        (r" \[clone \.[\w.]+\]", ""),
        (r"(?:\.(?:constprop|isra|part|cold|lto_priv|localalias|clone|unlikely)(?:\.\d+)?)+$", ""),
    ),
    _rule(
        "lambdas",
        "numbers of lambdas and closures become *: {lambda(int)#3}, {closure#0}, $_2, run.func1",
        "function",
        (r"(\{lambda\([^{}]*\))#\d+\}", r"\1#*}"),
        (r"\{(closure|closure_env|shim|impl|constant)(:[\w]+)?#\d+\}", r"{\1\2#*}"),
        (r"\$_\d+", "$_*"),
        (r"(?<=\w)\.func\d+(?:\.\d+)*", ".func*"),
    ),
    _rule(
        "anonymous",
        "all spellings of an anonymous namespace become (anonymous namespace)",
        "function",
        (r"\{anonymous\}|_GLOBAL__N_1|`anonymous namespace'", "(anonymous namespace)"),
    ),
    _rule(
        "directories",
        "directories of files are left out, of modules and of source files within names",
        "function module",
        (r" \(deleted\)$", ""),
        # Only absolute paths: a/b may be a Go package or an operator.
        (r"(?<![\w./])/(?:[^/\s<>(){}]+/)+(?=[^/\s<>(){}])", ""),
        (r"(?<=\.rs:)\d+:\d+", "*"),
    ),
    _rule(
        "processes",
        "process ids in names of files of compiled code become *: perf-123.map, jitted-123-4.so",
        "module",
        (r"\bperf-\d+\.map\b", "perf-*.map"),
        (r"\bjitted-\d+-\d+\.so\b", "jitted-*.so"),
    ),
    _rule(
        "threads",
        "numbers behind - _ # : / or a space, and at the end behind three letters, become *: "
        "worker-12, pool-1-thread-3",
        "thread",
        (r"(?<=[-_#:/ ])\d+|(?<=[A-Za-z]{3})\d+$", "*"),
    ),
)
"""All rules, in the order in which they apply."""

ALL_RULES: frozenset[str] = frozenset(rule.name for rule in RULES)


def canonical_names(
    names: Sequence[str], kind: str = "function", rules: Collection[str] = ALL_RULES
) -> list[str]:
    """Return names without what only one build or run gave them.

    Parameters
    ----------
    names : sequence of str
        As the profiler printed them.
    kind : str
        What they name: ``function``, ``module`` or ``thread``.
    rules : collection of str
        Names of the rules that apply; ``RULES`` lists them.

    Returns
    -------
    list of str
        One per name, in order; a name of which nothing would be left stays as it is, and so does
        one of more than 4096 characters.

    Raises
    ------
    UsageError
        If there is no such rule or kind.
    """
    unknown = sorted(set(rules) - ALL_RULES)
    if unknown:
        raise UsageError(
            f"no rule for names is called '{unknown[0]}'; there are {', '.join(sorted(ALL_RULES))}"
        )
    if kind not in {"function", "module", "thread"}:
        raise UsageError(f"names are of functions, modules or threads, not of a '{kind}'")
    chosen = [rule for rule in RULES if rule.name in rules and kind in rule.kinds]
    return [_rewritten(name, chosen) for name in names]


def _rewritten(name: str, rules: Sequence[Rule]) -> str:
    if len(name) > _LONGEST:
        return name
    text = name
    for rule in rules:
        for pattern, replacement in rule.steps:
            text = pattern.sub(replacement, text)
    return text or name
