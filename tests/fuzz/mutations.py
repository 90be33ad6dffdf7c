"""Broken files made from real ones: each from a seed, so that any of them can be made again."""

import random
import re
from collections.abc import Callable

# Numbers at the edges of what fields hold, and pieces that other readers' formats are made of.
_NUMBERS = [b"0", b"-1", b"255", b"65536", b"4294967295", b"9223372036854775807", b"1" * 40]
_PIECES = [
    b"\0",
    b"\n",
    b"\n\n",
    b"\r\n",
    b" ",
    b"\t",
    b";",
    b"=",
    b":",
    b"(1)",
    b"+",
    b"*",
    b"\xff\xff\xff\xff",
    b"\0" * 8,
    b"\x7f" * 8,
    b"\x1b[2J",
    b"<script>",
    b"x" * 3000,
    b"fn=(1)\n",
    b"snapshot=1\n",
    b"+ 1\n",
    b"calls=1 1\n",
    b"\xe2\x80\xae",
]
_DIGITS = re.compile(rb"\d+")
_SPAN = 400

Mutation = Callable[[random.Random, bytes], bytes]


def cut(chance: random.Random, text: bytes) -> bytes:
    """End the file early."""
    return text[: chance.randrange(1, max(len(text), 2))]


def behead(chance: random.Random, text: bytes) -> bytes:
    """Begin the file late."""
    return text[min(chance.randrange(1, _SPAN), len(text) - 1) :]


def flip(chance: random.Random, text: bytes) -> bytes:
    """Change a few bytes."""
    changed = bytearray(text)
    for _ in range(chance.randrange(1, 9)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def drop(chance: random.Random, text: bytes) -> bytes:
    """Take a piece out."""
    begin = chance.randrange(len(text))
    return text[:begin] + text[begin + chance.randrange(1, _SPAN) :]


def repeat(chance: random.Random, text: bytes) -> bytes:
    """Give a piece twice, the second time somewhere else."""
    begin, place = chance.randrange(len(text)), chance.randrange(len(text))
    return text[:place] + text[begin : begin + chance.randrange(1, _SPAN)] + text[place:]


def insert(chance: random.Random, text: bytes) -> bytes:
    """Put something foreign in."""
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(_PIECES) + text[place:]


def renumber(chance: random.Random, text: bytes) -> bytes:
    """Replace a decimal number by one at the edge of a type."""
    found = _DIGITS.search(text, chance.randrange(len(text)))
    if found is None:
        return flip(chance, text)
    return text[: found.start()] + chance.choice(_NUMBERS) + text[found.end() :]


def swap_lines(chance: random.Random, text: bytes) -> bytes:
    """Exchange two lines."""
    lines = text.split(b"\n")
    first, second = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


MUTATIONS: tuple[Mutation, ...] = (
    cut,
    cut,
    behead,
    flip,
    flip,
    drop,
    repeat,
    insert,
    renumber,
    swap_lines,
)


def mutated(text: bytes, seed: int) -> tuple[bytes, bool]:
    """Return the broken file of a seed, and whether it is a plain beginning of the whole one.

    Parameters
    ----------
    text : bytes
        A sound file, at least two bytes long.
    seed : int
        Decides everything.
    """
    chance = random.Random(seed)
    mutation = chance.choice(MUTATIONS)
    broken = mutation(chance, text) or text[:1]
    only_cut = mutation is cut
    while chance.random() < 0.3 and len(broken) > 1:
        broken = chance.choice(MUTATIONS)(chance, broken) or text[:1]
        only_cut = False
    return broken, only_cut
