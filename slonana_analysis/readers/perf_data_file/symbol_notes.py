"""Why symbols are missing, in few sentences: a recording of a whole machine maps many files."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SAID_ONE_BY_ONE = 2
_NAMED = 3


class SymbolNote(NamedTuple):
    """What is amiss with the symbols of one object.

    Attributes
    ----------
    path : str
        The object as recorded.
    sentence : str
        What is amiss, and how it would be mended behind a semicolon.
    addresses : int
        How many distinct addresses lie in the object.
    """

    path: str
    sentence: str
    addresses: int


def summed_up(notes: Sequence[SymbolNote]) -> Iterator[str]:
    """Give the sentences for the loss ledger.

    Parameters
    ----------
    notes : sequence of SymbolNote
        One or none per object.

    Yields
    ------
    str
        What is said of more than two objects alike is said once, with the names of those that
        most addresses lie in.
    """
    alike: dict[str, list[SymbolNote]] = {}
    for note in notes:
        problem, _, _ = note.sentence.partition("; ")
        alike.setdefault(problem.removeprefix(note.path), []).append(note)
    for problem, group in alike.items():
        group.sort(key=lambda note: -note.addresses)
        if len(group) <= _SAID_ONE_BY_ONE or not group[0].sentence.startswith(group[0].path):
            yield from dict.fromkeys(note.sentence for note in group)
            continue
        names = [note.path.rpartition("/")[2] for note in group[:_NAMED]]
        more = ", …" if len(group) > _NAMED else ""
        _, _, remedy = group[0].sentence.partition("; ")
        of_first = f"; of the first, {remedy}" if remedy else ""
        yield f"each of {len(group)} objects ({', '.join(names)}{more}){problem}{of_first}"
