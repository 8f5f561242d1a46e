"""Draws rows: users, currencies, amounts of every size, times that are early, late, absurd or missing."""

import exact
from records import Special

# After a window's end, the seconds until it closes under one of the topologies' grace and out-of-orderness.
CLOSING_SECONDS = (0, 2, 3, 6)
START_MS = 1_790_000_000_000
IN_2099 = 4_070_908_800_000_000
IN_1969 = -3_600_500_000

USERS = ("ann", "bob", "Łucja \"l\"", "d\\ave", "", None)
CURRENCIES = ("USD", "GBP", "EUR")
KINDS = ("payment", "refund", "fee", None)
NOTES = (None, "", "short", "long " * 30, "tab\there, ünicode \U0001F4B6")
QUANTITIES = (None, 0, 1, -7, 9_007_199_254_740_993, -9_223_372_036_854_775_808)


class Rows:
    """Rows of one history."""

    def __init__(self, chance, capture):
        self.chance = chance
        self.capture = capture

    def new(self, key, now_ms):
        return {"id": key, "user_id": self.chance.choice(USERS), "currency": self.chance.choice(CURRENCIES),
                "amount": self.amount(), "kind": self.chance.choice(KINDS), "timestamp": self.time(now_ms),
                "note": self.chance.choice(NOTES), "quantity": self.chance.choice(QUANTITIES)}

    def changed(self, old, now_ms, kept=()):
        """What was done, and the row after it; the columns `kept` stay."""
        label = self.chance.choices(("new amount", "new scale", "move between users", "move between currencies",
                                     "move in time", "other column", "unchanged update"),
                                    (30, 6, 16, 8, 20, 10, 8))[0]
        new = dict(old)
        if label == "new amount":
            new["amount"] = self.amount()
        elif label == "new scale" and old["amount"] is not None:
            new["amount"] = exact.number(exact.text(old["amount"]) + ("0" if exact.scale_of(old["amount"]) else ".0"))
        elif label == "move between users":
            new["user_id"] = self.chance.choice(USERS)
        elif label == "move between currencies":
            new["currency"] = self.chance.choice(CURRENCIES)
        elif label == "move in time":
            new["timestamp"] = self.time(now_ms)
        elif label == "other column":
            new["kind"], new["note"] = self.chance.choice(KINDS), self.chance.choice(NOTES)
            new["quantity"] = self.chance.choice(QUANTITIES)
        return label, new | {name: old[name] for name in kept}

    def amount(self):
        if self.chance.random() < 0.08:
            return None
        digits = self.chance.choices((1, 3, 5, 18, 20, 38, 60), (10, 30, 30, 5, 5, 5, 5))[0]
        coefficient = self.chance.randrange(10 ** digits)
        two = 400 if self.capture.wire == "base64" else 60
        scale = self.chance.choices((0, 1, 2, 4, 9, 20), (10, 10, two, 10, 5, 3))[0]
        sign = "-" if coefficient and self.chance.random() < 0.25 else ""
        padded = str(coefficient).rjust(scale + 1, "0")
        return exact.number(sign + (padded[:-scale] + "." + padded[-scale:] if scale else padded))

    def time(self, now_ms):
        """Mostly as coarse as the connector's unit."""
        time = self._any_time(now_ms)
        size = {"s": exact.SECOND, "ms": 1_000}.get(self.capture.unit, 1)
        return time // size * size if isinstance(time, int) and self.chance.random() < 0.7 else time

    def _any_time(self, now_ms):
        """Most are recent; some are late, of the future, of 2099, before 1970, missing or infinite."""
        spread = self.chance.choices(("recent", "minutes ago", "hours ago", "ahead", "on a border", "absurd", "none"),
                                     (62, 14, 5, 0 if self.capture.calm else 6, 6, 0 if self.capture.calm else 3, 4))[0]
        now = now_ms * 1_000
        if spread == "recent":
            return now - self.chance.randrange(5 * exact.SECOND)
        if spread == "minutes ago":
            return now - self.chance.randrange(4 * exact.MINUTE) // 1_000 * 1_000
        if spread == "hours ago":
            return now - self.chance.randrange(30 * exact.HOUR)
        if spread == "ahead":
            return now + self.chance.randrange(3 * exact.MINUTE)
        if spread == "on a border":
            return now // exact.MINUTE * exact.MINUTE - self.chance.choice((0, 1))
        if spread == "absurd":
            return self.chance.choice((IN_2099, IN_2099 + 1, IN_1969, IN_1969 - 1))
        return self.chance.choice((None, None, Special.INFINITY, Special.MINUS_INFINITY))
