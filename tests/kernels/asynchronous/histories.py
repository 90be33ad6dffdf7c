"""Long random histories of calls, with a taste for the edges of 64 bits and of the wheel."""

import numpy as np

LARGEST = (1 << 64) - 1
# Around the places where a timer changes wheels, and around the end of all slots.
_STEPS = [0, 1, 1, 1, 2, 3, 17, 62, 63, 64, 65, 100, 4095, 4096, 4097, 262_143, 262_145]
_LEAPS = [1 << 30, (1 << 36) + 1, (1 << 60) - 1, 1 << 63, LARGEST]
_PERIODS = [0, 1, 1, 2, 5, 63, 64, 65, 1000, 4096, 1 << 40, 1 << 63, LARGEST]
CREATE, CANCEL, CHECK, CLEAN_UP = range(4)


def timer_history(seed, calls, programs, leap=0.001, modes=(0, 0, 1, 1, 2, 3, 7)):
    """Yield (call, arguments); slots mostly rise, now and then they leap, or fall."""
    random = np.random.default_rng(seed)
    kinds = random.choice(4, calls, p=[0.55, 0.2, 0.235, 0.015]).tolist()
    draws = random.integers(0, 1 << 62, (calls, 4)).tolist()
    chances = random.random(calls).tolist()
    slot, issued = 1, 0
    for kind, (a, b, c, d), chance in zip(kinds, draws, chances, strict=True):
        if kind == CREATE:
            issued += 1
            ahead = _LEAPS[b % 5] if chance < leap else _STEPS[b % len(_STEPS)]
            trigger = 0 if c % 50 == 0 else (slot + (-1 if c % 9 == 0 else 1) * ahead) % (1 << 64)
            yield CREATE, (a % programs, modes[d % len(modes)], trigger, _PERIODS[c % 13])
        elif kind == CANCEL:
            yield CANCEL, (max(0, issued - a % 1500),)
        elif kind == CHECK:
            if chance < leap:
                slot = (slot + _LEAPS[a % 5]) % (1 << 64)
            elif chance < 0.03:
                slot = max(0, slot - _STEPS[a % len(_STEPS)])
            else:
                slot = (slot + _STEPS[a % len(_STEPS)]) % (1 << 64)
            yield CHECK, (slot,)
        else:
            yield CLEAN_UP, ()


def watcher_requests(seed, count, programs, accounts):
    """Yield (kind, program, account, trigger, offset, threshold, pattern)."""
    random = np.random.default_rng(seed)
    thresholds = [0, 1, -1, 100, -100, (1 << 63) - 1, -(1 << 63)]
    for draw in random.integers(0, 1 << 62, (count, 6)).tolist():
        yield (
            draw[0] % 3,
            draw[1] % programs,
            draw[2] % accounts,
            draw[3] % 9,
            draw[4] % 20 if draw[4] % 11 else LARGEST - draw[4] % 9,
            thresholds[draw[5] % 7],
            bytes(draw[5] // 7 % 2 for _ in range(draw[5] // 14 % 4)),
        )


def changes(seed, count, accounts):
    """Yield (account, old, new, lamports, slot); data of few bytes, so that much coincides."""
    random = np.random.default_rng(seed)
    states = [bytes(random.integers(0, 2, length, np.uint8)) for length in range(25)] * 2
    states += [
        number.to_bytes(8, "little", signed=True) + bytes(random.integers(0, 2, 8, np.uint8))
        for number in (0, 1, -1, 99, 100, 101, -100, -101, (1 << 63) - 1, -(1 << 63))
    ] * 4
    slot = 0
    for a, b, c, d in random.integers(0, 1 << 62, (count, 4)).tolist():
        slot = (slot + (0, 1, 1, 2, -1)[d % 5]) % (1 << 64) if d % 997 else LARGEST - d % 2
        lamports = (c % 2, c // 2 % 2) if c % 7 else (LARGEST, LARGEST - c // 7 % 2)
        yield a % accounts, states[b % len(states)], states[c % len(states)], lamports, slot
