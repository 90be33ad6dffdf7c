r"""A small language for call paths: ``main > * > "^parse_"``.

A query is a row of steps, from callers to callees, with ``>`` between them::

    query = ["^"] step {">" step} ["$"]
    step  = name | 'name' | "regex" | "*" | "**"

- ``name``: the function of exactly this name. One that holds ``>``, ``$`` or a quote, or begins
  with ``*`` or ``^``, stands in single quotes: ``'operator>'``.
- ``"regex"``: a function in whose name the regular expression is found; ``\"`` is a quote.
- ``*``: any one function; ``**``: any number of functions, none included.

A path may begin anywhere on the stack and go on below its last step; ``^`` ties its first step to
the outermost frame, ``$`` its last step to the innermost.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slonana_analysis.errors import UsageError
from slonana_analysis.model.profile import Profile
from slonana_analysis.profiles.names import printable
from slonana_analysis.profiles.tree_passes import follow_steps

ANY_NUMBER = "**"
# Places on a path are bits of one word.
_MOST_STEPS = 62
_TOKEN = re.compile(
    r"""\s*(?:
        "(?P<regex>(?:[^"\\]|\\.)*)"
      | '(?P<quoted>[^']*)'
      | (?P<any>\*\*?)(?=\s*(?:>|\$|$))
      | (?P<name>[^\s"'>$*^][^"'>$]*?)
    )\s*(?P<next>>|\$|$)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class PathQuery:
    """A parsed query.

    Attributes
    ----------
    steps : tuple of callable or None
        Whether a function of that name takes the step; None: any number of functions.
    from_root, to_the_end : bool
        Whether the path is tied to the outermost and to the innermost frame.
    """

    steps: tuple[Callable[[str], bool] | None, ...]
    from_root: bool
    to_the_end: bool


def parse_path(query: str) -> PathQuery:
    """Parse a query.

    Parameters
    ----------
    query : str
        By the grammar of this module.

    Returns
    -------
    PathQuery
        At most 62 steps.

    Raises
    ------
    UsageError
        If it cannot be read; the sentence says where.
    """
    text = query.strip()
    from_root = text.startswith("^")
    place = 1 if from_root else 0
    steps: list[Callable[[str], bool] | None] = []
    ended = ""
    while True:
        token = _TOKEN.match(text, place)
        if token is None or ended == "$":
            raise UsageError(
                f"the path '{printable(query)}' cannot be read from its character {place + 1} on: "
                'a step is a name, "a regular expression", * or **, with > between steps'
            )
        steps.append(_step(token, query))
        place, ended = token.end(), token["next"]
        if ended != ">" and place == len(text):
            break
    if len(steps) > _MOST_STEPS:
        raise UsageError(f"a path has at most {_MOST_STEPS} steps, not {len(steps)}; shorten it")
    return PathQuery(tuple(steps), from_root, ended == "$")


def _step(token: "re.Match[str]", query: str) -> Callable[[str], bool] | None:
    if token["any"] == ANY_NUMBER:
        return None
    if token["any"]:
        return lambda _: True
    if token["regex"] is not None:
        try:
            pattern = re.compile(token["regex"].replace('\\"', '"'))
        except re.error as error:
            raise UsageError(
                f"in the path '{printable(query)}', \"{printable(token['regex'])}\" is no regular "
                f"expression ({error}); correct it"
            ) from error
        return lambda name: pattern.search(name) is not None
    wanted = token["quoted"] if token["quoted"] is not None else token["name"].rstrip()
    return lambda name: name == wanted


def reached_nodes(profile: Profile, path: PathQuery) -> NDArray[np.bool_]:
    """Return the nodes at which the path is complete.

    Parameters
    ----------
    profile : Profile
        Its call tree.
    path : PathQuery
        From `parse_path`.

    Returns
    -------
    ndarray of bool, shape (n_nodes,)
        What lies below such a node is not marked, unless the path is complete there, too.
    """
    column = profile.frames["function"].cat
    names = [str(name) for name in column.categories]
    matches = np.zeros(len(names), np.uint64)
    skipping = np.uint64(0)
    for place, step in enumerate(path.steps):
        bit = np.uint64(1 << place)
        if step is None:
            skipping |= bit
        else:
            matches[[step(name) for name in names]] |= bit
    start = _skipped(1, int(skipping))
    functions = column.codes.to_numpy(np.int32)[profile.nodes["frame"].to_numpy()]
    reached = follow_steps(
        profile.nodes["parent"].to_numpy(),
        functions,
        matches,
        (skipping, np.uint64(start), np.uint64(0 if path.from_root else start)),
    )
    return np.asarray((reached >> np.uint64(len(path.steps))) & np.uint64(1) == 1)


def _skipped(places: int, skipping: int) -> int:
    """Return the places that are reached without any frame: past steps that need none."""
    while (more := places | (places & skipping) << 1) != places:
        places = more
    return places
