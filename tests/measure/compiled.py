"""Reading what LLVM made of a batch function: which instructions lie inside a timed loop."""

import re

_FUNCTION = re.compile(r"^define .*?^}", re.MULTILINE | re.DOTALL)
_LABEL = re.compile(r"^(?P<name>[\w.$-]+):", re.MULTILINE)
_TARGET = re.compile(r"label %(?P<name>[\w.$-]+)")


def optimised(dispatcher):
    """Text of the one function that reads the clock; its wrappers for Python do not."""
    (module,) = dispatcher.inspect_llvm().values()
    (text,) = [text for text in _FUNCTION.findall(module) if "call i32 @clock_gettime" in text]
    return text


def loop_instructions(dispatcher):
    """Instructions of every loop that holds a sink, those of the loops inside it included."""
    blocks = _blocks(optimised(dispatcher))
    after = {name: _reachable(blocks, name) for name in blocks}
    sinks = [name for name in blocks if name in after[name] and "asm sideeffect" in blocks[name]]
    timed = {name for sink in sinks for name in after[sink] if sink in after[name]}
    lines = [line for name in sorted(timed) for line in blocks[name].splitlines()]
    return [line.strip() for line in lines if line.startswith("  ")]


def opcodes(dispatcher):
    """Operations inside the timed loops."""
    return {line.split(" = ", 1)[-1].split()[0] for line in loop_instructions(dispatcher)}


def _blocks(function):
    starts = list(_LABEL.finditer(function))
    ends = [start.start() for start in starts[1:]] + [len(function)]
    return {
        start["name"]: function[start.start() : end]
        for start, end in zip(starts, ends, strict=True)
    }


def _reachable(blocks, start):
    seen, todo = set(), [start]
    while todo:
        for match in _TARGET.finditer(blocks[todo.pop()]):
            if match["name"] not in seen:
                seen.add(match["name"])
                todo.append(match["name"])
    return seen
