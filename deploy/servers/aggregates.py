"""The row that a window of payments must have, computed apart from Tallymill."""

import dataclasses
import datetime
import decimal

decimal.getcontext().prec = 200  # sums here never round


@dataclasses.dataclass(frozen=True)
class Aggregate:
    """A window's row. Decimals compare as numbers; `mean` is rounded half-even to six digits."""

    payments: int
    total: decimal.Decimal | None
    smallest: decimal.Decimal | None
    largest: decimal.Decimal | None
    mean: decimal.Decimal | None

    def __str__(self):
        return (f"{self.payments} payments, {self.total} in all, from {self.smallest} to {self.largest}, "
                f"mean {self.mean}")


def half_even_mean(total, count):
    """total / count with six digits after the point, a tie to the even digit; PostgreSQL rounds ties away from zero."""
    numerator, denominator = (total * 10**6).as_integer_ratio()
    denominator *= count
    quotient, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and quotient % 2):
        quotient += 1
    return decimal.Decimal(quotient).scaleb(-6)


def aggregate_of(payments, amounts, total, smallest, largest):
    """The row of a window with `payments` rows of which `amounts` have an amount."""
    return Aggregate(payments, total, smallest, largest, half_even_mean(total, amounts) if amounts else None)


def number(text):
    """A decimal of an output record, which is text; None stays None."""
    return None if text is None else decimal.Decimal(text)


def parse_time(text):
    """A time of an output record, which is UTC, as the table has it. The last time that Python knows for all beyond."""
    if text.index("-", 1) > 4:
        return datetime.datetime.max
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
