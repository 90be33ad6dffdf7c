"""Timers, watchers and ring buffers straight from the rules: dictionaries, lists and loops."""

WRAP = 1 << 64


class TimerOracle:
    def __init__(self):
        self.timers, self.of_program, self.issued = {}, {}, 0

    def create(self, program, mode, trigger, period):
        own = self.of_program.setdefault(program, [])
        if len(own) >= 16 or len(self.timers) >= 1024:
            return 0
        if trigger == 0 and mode != 2:
            return 0
        if mode == 1 and period < 1:
            return 0
        self.issued += 1
        self.timers[self.issued] = {
            "program": program,
            "mode": mode,
            "state": 0,
            "trigger_slot": trigger,
            "period": period,
            "executions": 0,
            "last_slot": 0,
        }
        own.append(self.issued)
        return self.issued

    def cancel(self, identifier):
        if identifier not in self.timers:
            return False
        self.timers[identifier]["state"] = 3
        return True

    def check(self, slot):
        fired = []
        for identifier, timer in self.timers.items():
            if timer["state"] == 0 and timer["trigger_slot"] <= slot:
                fired.append(identifier)
                timer["executions"] += 1
                timer["last_slot"] = slot
                if timer["mode"] == 0:
                    timer["state"] = 2
                elif timer["mode"] == 1:
                    timer["trigger_slot"] = (slot + timer["period"]) % WRAP
        return fired

    def clean_up(self):
        done = [each for each, timer in self.timers.items() if timer["state"] in (2, 3, 4)]
        for each in done:
            self.of_program[self.timers.pop(each)["program"]].remove(each)
        return len(done)

    def statistics(self):
        pending = sum(timer["state"] == 0 for timer in self.timers.values())
        return self.issued, pending, sum(timer["executions"] for timer in self.timers.values())


class WatcherOracle:
    def __init__(self):
        self.watchers = []

    def create(self, program, account, trigger):
        return self._add(program, account, trigger, plain=True)

    def create_threshold(self, program, account, trigger, offset, threshold):
        if trigger not in (4, 5):
            return 0
        return self._add(program, account, trigger, offset=offset, threshold=threshold)

    def create_pattern(self, program, account, pattern, offset):
        if not pattern:
            return 0
        return self._add(program, account, 6, offset=offset, pattern=pattern)

    def _add(self, program, account, trigger, *, plain=False, offset=0, threshold=0, pattern=b""):
        if sum(watcher["program"] == program for watcher in self.watchers) >= 32:
            return 0
        if plain and len(self.watchers) >= 256:
            return 0
        self.watchers.append(
            {
                "program": program,
                "account": account,
                "trigger": trigger,
                "offset": offset,
                "threshold": threshold,
                "pattern": pattern,
                "active": True,
                "last_slot": 0,
                "executions": 0,
                "state": b"",
            }
        )
        return len(self.watchers)

    def check(self, account, old, new, lamports, slot):
        fired = []
        for identifier, watcher in enumerate(self.watchers, start=1):
            if watcher["account"] != account or not watcher["active"]:
                continue
            if (slot - watcher["last_slot"]) % WRAP < 1:
                continue
            if self._fires(watcher, old, new, lamports):
                fired.append(identifier)
                watcher["last_slot"] = slot
                watcher["executions"] += 1
                watcher["state"] = new
        return fired

    def _fires(self, watcher, old, new, lamports):
        trigger = watcher["trigger"]
        if trigger in (4, 5):
            return self._crosses(watcher, old, new)
        if trigger == 6:
            return self._appears(watcher, old, new)
        data_differ, lamports_differ = old != new, lamports[0] != lamports[1]
        met = (data_differ or lamports_differ, lamports_differ, data_differ, data_differ)
        return trigger < 4 and met[trigger]

    def _crosses(self, watcher, old, new):
        offset, threshold = watcher["offset"], watcher["threshold"]
        if offset + 8 > len(new):
            return False
        before = self._number(old, offset) if offset + 8 <= len(old) else 0
        after = self._number(new, offset)
        if watcher["trigger"] == 4:
            return before <= threshold < after
        return before >= threshold > after

    @staticmethod
    def _appears(watcher, old, new):
        offset, pattern = watcher["offset"], watcher["pattern"]
        end = offset + len(pattern)
        if end > len(new):
            return False
        was = end <= len(old) and old[offset:end] == pattern
        return new[offset:end] == pattern and not was

    @staticmethod
    def _number(data, offset):
        return int.from_bytes(data[offset : offset + 8], "little", signed=True)


class RingOracle:
    def __init__(self, size):
        self.size, self.entries = size, []

    @property
    def used(self):
        return sum(24 + len(entry) for entry in self.entries)

    def push(self, data):
        if not data or self.used + 24 + len(data) > self.size - 1:
            return False
        self.entries.append(data)
        return True

    def pop(self):
        return self.entries.pop(0) if self.entries else b""
