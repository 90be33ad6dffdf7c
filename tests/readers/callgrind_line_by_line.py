"""A slow reader of undamaged callgrind text, one line at a time, to hold the fast one against."""

import re
from collections import Counter

_NAME = re.compile(r"\((\d+)\)\s*(.*)")
_KINDS = {"ob": "ob", "cob": "ob", "fn": "fn", "cfn": "fn"}


def read_line_by_line(text):  # noqa: C901, PLR0912  # one line at a time, as the format is
    """Return self costs by (function, object, file, line, event), and calls and inclusive costs.

    The latter two are by pairs of (function, object, file), and inclusive costs by event, too.
    """
    own, calls, inclusive = Counter(), Counter(), Counter()
    known, here, callee = {}, {}, {}
    events, columns, last, count = [], ["line"], {}, None
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("events:"):
            events = line.split()[1:]
        elif line.startswith("positions:"):
            columns = line.split()[1:]
        elif not line or line[0] == "#" or re.match(r"[a-z]+:", line):
            continue
        elif line[0] in "0123456789+-*":
            words = line.split()
            for column, word in zip(columns, words, strict=False):
                last[column] = _position(word, last.get(column, 0))
            costs = dict(zip(events, map(_number, words[len(columns) :]), strict=False))
            function = tuple(here.get(part, "") for part in ("fn", "ob", "home"))
            if count is None:
                for event, cost in costs.items():
                    place = (*function[:2], here.get("file", ""), last.get("line", 0))
                    own[(*place, event)] += cost
                continue
            called = (
                callee.get("fn", ""),
                callee.get("ob", here.get("ob", "")),
                callee.get("file", here.get("file", "")),
            )
            calls[function, called] += count
            for event, cost in costs.items():
                inclusive[function, called, event] += cost
            count = None
            callee = {"fn": callee.get("fn", "")}
        elif key in ("calls", "rcalls"):
            count = _number(value.split()[0])
        elif key not in ("jump", "jcnd"):
            assert equals, line
            kind = _KINDS.get(key, "file")
            name = _name(known, kind, value.strip())
            if key[0] == "c":
                callee[kind] = name
            elif key[0] != "j":
                here[kind] = name
                if key == "fn":
                    here["home"] = here.get("file", "")
                elif key == "fl":
                    here["home"] = name
    return +own, calls, +inclusive


def _name(known, kind, value):
    match = _NAME.fullmatch(value)
    if match is None:
        return value
    if match[2]:
        known[kind, match[1]] = match[2]
    return known[kind, match[1]]


def _position(word, last):
    if word == "*":
        return last
    if word[0] in "+-":
        return last + int(word[0] + "1") * _number(word[1:])
    return _number(word)


def _number(word):
    return int(word, 0) if word.lower().startswith("0x") else int(word)
