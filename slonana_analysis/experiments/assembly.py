"""The machine code of a compiled function, cut down to the loop that did the work."""

import re
from collections import Counter
from dataclasses import dataclass

_LABEL = re.compile(r"^(?P<name>[.\w$]+):")
# Conditional jumps only: LLVM closes a loop with one, and jumps unconditionally to shared exits.
_BRANCH = re.compile(r"^\s+(?:j(?!mp)\w+|b\.\w+|cbn?z|tbn?z)\s+(?:.*,\s*)?(?P<target>[.\w$]+)\s*$")
_LEAVES = re.compile(r"^\s+(?:j\w+|call\w*|ret\w*|b|b\.\w+|bl|blr|cbn?z|tbn?z)\b")
_NOT_CODE = re.compile(r"^\s*(?:[#;/]|\.[a-z])")


@dataclass(frozen=True)
class Loop:
    """An innermost loop: its instructions, without labels, comments and directives."""

    instructions: tuple[str, ...]

    @property
    def text(self) -> str:
        """The instructions, one a line."""
        return "\n".join(self.instructions)

    def mnemonics(self) -> Counter[str]:
        """How often each mnemonic occurs."""
        return Counter(line.split(maxsplit=1)[0] for line in self.instructions)


def hot_loop(assembly: str) -> Loop:
    """Return the innermost loop with the most instructions, among those without branches inside.

    Parameters
    ----------
    assembly : str
        GNU assembler text of one function, as LLVM prints it (x86-64 AT&T or AArch64).

    Returns
    -------
    Loop
        Without instructions when the text holds no loop.
    """
    lines = assembly.splitlines()
    starts: dict[str, int] = {}
    spans: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        if label := _LABEL.match(line):
            starts[label["name"]] = number
        elif (branch := _BRANCH.match(line)) and branch["target"] in starts:
            spans.append((starts[branch["target"]], number))
    # A span with a label, jump or call inside is an outer loop, or code that happens to stand
    # between a label and a jump back to it.
    bodies = [lines[start + 1 : end] for start, end in spans]
    straight = [
        (start, end)
        for (start, end), body in zip(spans, bodies, strict=True)
        if not any(_LABEL.match(line) or _LEAVES.match(line) for line in body)
    ]
    loops = [Loop(_instructions(lines[start : end + 1])) for start, end in straight]
    return max(loops, key=lambda loop: len(loop.instructions), default=Loop(()))


def _instructions(lines: list[str]) -> tuple[str, ...]:
    return tuple(
        " ".join(line.split("#")[0].split())
        for line in lines
        if line.strip() and not _LABEL.match(line) and not _NOT_CODE.match(line)
    )
