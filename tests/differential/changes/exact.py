"""Exact decimals and times for the reference: what SQL would answer, and how it is spelled.

Amounts are `decimal.Decimal` whose exponent is minus the scale, so that Python's own addition keeps the largest scale
present, as PostgreSQL's sum(numeric) does. Times are integers, microseconds since 1970.
"""

import datetime
import decimal

# Nothing that is computed here may be rounded: an inexact result raises.
EXACT = decimal.Context(prec=2_000, Emax=9_999, Emin=-9_999, traps=[decimal.Inexact, decimal.InvalidOperation])

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
_EPOCH = datetime.datetime(1970, 1, 1)


def number(text):
    """The decimal that `text` spells, its scale never below zero."""
    value = EXACT.create_decimal(text)
    return value if value.as_tuple().exponent <= 0 else EXACT.quantize(value, decimal.Decimal(1))


def scale_of(value):
    """Digits after the point."""
    return -value.as_tuple().exponent


def coefficient_of(value):
    """The digits as one integer, with the sign."""
    return int(EXACT.scaleb(value, scale_of(value)))


def text(value):
    """Plain notation with all digits of the scale; zero has no sign."""
    return format(value.copy_abs() if value.is_zero() else value, "f")


def canonical(value):
    """The text of a decimal in a key: no trailing zeros."""
    spelled = text(value)
    return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled


def total(values):
    """The sum, None of nothing."""
    result = None
    for value in values:
        result = value if result is None else EXACT.add(result, value)
    return result


def mean(values, scale):
    """The average rounded half to even, from the exact sum and count; None of nothing."""
    if not values:
        return None
    exact_sum = total(values)
    shift = scale - scale_of(exact_sum)
    numerator = coefficient_of(exact_sum) * 10 ** max(shift, 0)
    denominator = len(values) * 10 ** max(-shift, 0)
    quotient, remainder = divmod(abs(numerator), denominator)
    if 2 * remainder > denominator or (2 * remainder == denominator and quotient % 2 == 1):
        quotient += 1
    return EXACT.scaleb(decimal.Decimal(-quotient if numerator < 0 else quotient), -scale)


def instant(micros):
    """As the reader of an output topic sees a time."""
    return (_EPOCH + datetime.timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def window_of(micros, size):
    """Start and end of the window that holds the time, by floor, also before 1970."""
    start = micros // size * size
    return start, start + size


def micros(spelled):
    """The time that instant() spelled."""
    return (datetime.datetime.strptime(spelled, "%Y-%m-%dT%H:%M:%S.%fZ") - _EPOCH) // datetime.timedelta(microseconds=1)
