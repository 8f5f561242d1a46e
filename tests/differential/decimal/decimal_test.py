#!/usr/bin/env python3
"""Compares Decimal with Python's own `decimal` over seeded random and border cases.

Usage: decimal_test.py DRIVER [--seed N] [--cases N]

Each operation is a line for the driver and the answer that Python gives. Operands, digits and scales are drawn so that
every border of the implementation is met often: 64 and 128 bits, the ends of scale and digits, trailing zeros, ties.
"""

import argparse
import collections
import decimal
import random
import re
import subprocess
import sys

MAX_SCALE = 16_383
MAX_INTEGER_DIGITS = 131_072
MAX_COMPUTED_INTEGER_DIGITS = MAX_INTEGER_DIGITS + 19
MODES = ("ROUND_HALF_EVEN", "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_UP", "ROUND_DOWN", "ROUND_CEILING",
         "ROUND_FLOOR")
NUMBER = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
OUT_OF_RANGE = "decimal_out_of_range"
ERRORS = (OUT_OF_RANGE, "decimal_not_finite", "division_by_zero", "invalid_argument", "wrong_type")

BORDERS = sorted({base + near for power in (31, 32, 53, 63, 64, 126, 127, 128, 129) for base in (2**power,)
                  for near in (-1, 0, 1)} | {10**power + near for power in (1, 18, 19, 20, 37, 38, 39, 40)
                                              for near in (-1, 0, 1)})
SCALES = (0, 1, 2, 3, 9, 17, 18, 19, 20, 22, 23, 37, 38, 39, 40, 100)


def exact_context(rounding=decimal.ROUND_HALF_EVEN):
    """A context in which nothing that the test computes is rounded."""
    return decimal.Context(prec=400_000, rounding=rounding, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN,
                           traps=[decimal.InvalidOperation, decimal.Inexact])


EXACT = exact_context()


def text_of(number):
    """Plain notation, a positive exponent multiplied out, no negative zero."""
    if number.is_zero():
        number = number.copy_abs()
    return format(number, "f")


def checked(number):
    """The text, or the error if it has more digits than are kept."""
    scale = max(-number.as_tuple().exponent, 0)
    if scale > MAX_SCALE or not number.is_zero() and number.adjusted() + 1 > MAX_COMPUTED_INTEGER_DIGITS:
        return OUT_OF_RANGE
    return text_of(number)


def with_scale(number, scale, mode):
    """`number` rounded to `scale` digits after the point."""
    context = exact_context(mode)
    context.traps[decimal.Inexact] = False
    return number.quantize(decimal.Decimal(1).scaleb(-scale, context), context=context)


def canonical(number):
    """Without zeros at the end of the fraction."""
    whole = number.to_integral_value(context=exact_free())
    if number == whole:
        return with_scale(number, 0, decimal.ROUND_DOWN)
    return number.normalize(EXACT)


def exact_free():
    """As EXACT, without an error for what is cut off."""
    context = exact_context(decimal.ROUND_DOWN)
    context.traps[decimal.Inexact] = False
    return context


class Generator:
    """Draws operands and makes (line, answer) pairs."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def coefficient(self):
        draw = self.random.random()
        if draw < 0.30:
            number = self.random.choice(BORDERS)
        elif draw < 0.55:
            number = self.random.randrange(10 ** self.random.randint(1, 12))
        elif draw < 0.70:
            number = self.random.randrange(10 ** self.random.randint(13, 45))
        elif draw < 0.80:
            number = self.random.randrange(10**59, 10**60)
        elif draw < 0.88:
            number = self.random.randrange(10**100, 10**101)
        elif draw < 0.90:
            number = self.random.randrange(10 ** self.random.randint(2_000, 2_400))
        else:
            number = self.random.randrange(1_000) * 10 ** self.random.randint(0, 60)
        return -number if self.random.random() < 0.4 else number

    def scale(self):
        draw = self.random.random()
        if draw < 0.5:
            return self.random.randint(0, 6)
        if draw < 0.97:
            return self.random.choice(SCALES)
        return self.random.choice((MAX_SCALE, MAX_SCALE - 1, self.random.randint(0, MAX_SCALE)))

    def number(self):
        return decimal.Decimal(self.coefficient()).scaleb(-self.scale(), EXACT)

    def neighbour(self, number):
        """A number that is equal, or a little different."""
        draw = self.random.random()
        if draw < 0.4:
            return self.number()
        scale = -number.as_tuple().exponent
        if draw < 0.7:
            return with_scale(number, min(scale + self.random.choice((0, 1, 2, 20, 40)), MAX_SCALE), decimal.ROUND_DOWN)
        unit = decimal.Decimal(1).scaleb(-min(scale + self.random.choice((0, 1, 30)), MAX_SCALE), EXACT)
        return EXACT.add(number, unit if self.random.random() < 0.5 else -unit)

    def result_scale(self):
        return self.random.choice((0, 1, 2, 2, 3, 6, 10, 20, 38, 40, 100, MAX_SCALE))

    def text(self):
        digits = str(abs(self.coefficient()))
        text = self.random.choice(("", "", "-", "+")) + "0" * self.random.choice((0, 0, 0, 1, 5, 40)) + digits
        if self.random.random() < 0.6:
            text += "." + str(abs(self.coefficient())) + "0" * self.random.choice((0, 0, 1, 3, 40))
        if self.random.random() < 0.3:
            exponent = self.random.choice((0, 1, 2, 5, 37, 38, 39, 100, 16_383, 16_384, 131_000, 131_071, 131_072,
                                           999_999_999, 2**31, 2**63, 2**64, 10**30))
            text += self.random.choice("eE") + self.random.choice(("", "+", "-")) + str(exponent)
        return text

    def garbage(self):
        text = self.text()
        position = self.random.randint(0, len(text))
        intruder = self.random.choice((".", "e", "-", "+", "x", "_", "٣", "E5", ",", "..", "0x"))
        return text[:position] + intruder + text[position:]

    def case(self, operation):
        return getattr(self, "make_" + operation)()

    def make_text(self):
        text = self.garbage() if self.random.random() < 0.3 else self.text()
        return f"text {text}", expected_of_text(text)

    def make_big_endian(self):
        coefficient = self.coefficient()
        length = (coefficient if coefficient >= 0 else ~coefficient).bit_length() // 8 + 1
        length = 0 if coefficient == 0 and self.random.random() < 0.5 else length + self.random.choice((0, 0, 0, 1, 20))
        scale = self.random.choice((self.scale(), -self.random.randint(0, 50), -131_000, -131_072, 16_383, 16_384,
                                    2**31 - 1, -(2**31)))
        hexadecimal = coefficient.to_bytes(length, "big", signed=True).hex() if length else "''"
        line = f"big_endian {hexadecimal} {scale}"
        if scale > MAX_SCALE or coefficient != 0 and len(str(abs(coefficient))) - scale > MAX_INTEGER_DIGITS:
            return line, OUT_OF_RANGE
        if coefficient == 0:
            return line, text_of(decimal.Decimal(0).scaleb(-max(scale, 0), EXACT))
        return line, text_of(decimal.Decimal(coefficient).scaleb(-scale, EXACT))

    def make_coefficient(self):
        coefficient = self.coefficient()
        length = (coefficient if coefficient >= 0 else ~coefficient).bit_length() // 8 + 1
        return f"coefficient {coefficient}", coefficient.to_bytes(length, "big", signed=True).hex()

    def make_digits(self):
        coefficient = self.coefficient()
        return f"digits {coefficient}", str(len(str(abs(coefficient))))

    def make_add(self):
        a, b = self.number(), self.number()
        return f"add {text_of(a)} {text_of(b)}", text_of(EXACT.add(a, b))

    def make_subtract(self):
        a = self.number()
        b = self.neighbour(a)
        return f"subtract {text_of(a)} {text_of(b)}", text_of(EXACT.subtract(a, b))

    def make_negate(self):
        a = self.number()
        return f"negate {text_of(a)}", text_of(EXACT.minus(a))

    def make_multiply(self):
        a, b = self.number(), self.number()
        return f"multiply {text_of(a)} {text_of(b)}", checked(EXACT.multiply(a, b))

    def make_divide(self):
        a, b = self.number(), self.number()
        if self.random.random() < 0.3:  # a tie, or near one, or nothing to divide by
            b = decimal.Decimal(self.random.choice((2, 4, 5, 8, 20, 3, 7, 0)))
        scale, mode = self.result_scale(), self.random.choice(MODES)
        if self.random.random() < 0.02:
            scale = self.random.choice((-1, MAX_SCALE + 1, -(2**31)))
        line = f"divide {text_of(a)} {text_of(b)} {scale} {mode}"
        if not 0 <= scale <= MAX_SCALE:
            return line, "invalid_argument"
        if b.is_zero():
            return line, "division_by_zero"
        # Cut off with ROUND_05UP, a quotient is rounded a second time without an error.
        context = exact_free()
        context.rounding = decimal.ROUND_05UP
        context.prec = max(a.adjusted() - b.adjusted(), 0) + scale + 5
        return line, checked(with_scale(context.divide(a, b), scale, mode))

    def make_round(self):
        a = self.number()
        scale, mode = self.result_scale(), self.random.choice(MODES)
        if self.random.random() < 0.4:  # a tie
            a = with_scale(a, 6, decimal.ROUND_DOWN)
            a = EXACT.add(with_scale(a, 2, decimal.ROUND_DOWN), decimal.Decimal("0.005"))
            scale = 2
        return f"round {text_of(a)} {scale} {mode}", checked(with_scale(a, scale, mode))

    def make_canonical(self):
        a = self.number()
        return f"canonical {text_of(a)}", text_of(canonical(a))

    def make_compare(self):
        a = self.number()
        b = self.neighbour(a)
        order = int(EXACT.compare(a, b))
        return f"compare {text_of(a)} {text_of(b)}", f"{order} {order} {order} {'other' if order else 'same'}"

    def make_through_key(self):
        a = self.number()
        return f"through_key {text_of(a)}", text_of(canonical(a))

    def make_through_row(self):
        a = self.number()
        return f"through_row {text_of(a)}", text_of(a)

    def make_integer(self):
        a = self.number()
        whole = a == a.to_integral_value(context=exact_free())
        return f"integer {text_of(a)}", str(int(a)) if whole and -(2**63) <= a < 2**63 else "none"

    def make_double(self):
        a = self.number()
        number = float(a)
        return f"double {text_of(a)}", number


def expected_of_text(text):
    """What reading the text must give."""
    if NOT_FINITE.fullmatch(text):
        return "decimal_not_finite"
    match = NUMBER.fullmatch(text)
    if not match:
        return "wrong_type"
    whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
    digits = (whole + fraction).lstrip("0")
    scale = len(fraction) - exponent
    if scale > MAX_SCALE or digits and len(digits) - scale > MAX_INTEGER_DIGITS:
        return OUT_OF_RANGE
    if not digits:
        return text_of(decimal.Decimal(0).scaleb(-max(scale, 0), EXACT))
    return text_of(EXACT.create_decimal(text))


def longest_cases():
    """The ends of digits and scale, once each: they take long in Python."""
    nines = "9" * MAX_INTEGER_DIGITS
    number = decimal.Decimal(nines)
    fraction = "0." + "0" * (MAX_SCALE - 1) + "1"
    longest_fraction = nines[MAX_SCALE:] + "." + nines[:MAX_SCALE]
    one_more = "1" + "0" * MAX_INTEGER_DIGITS
    yield f"text {nines}", nines
    yield f"text {longest_fraction}", longest_fraction
    yield f"text {'0' * 1_000_000}1", "1"
    yield f"text {'9' * 1_000_000}", OUT_OF_RANGE
    yield f"text 0.{'0' * 1_000_000}1", OUT_OF_RANGE
    yield f"text {one_more}", OUT_OF_RANGE
    yield f"text 1e{'9' * 1_000_000}", OUT_OF_RANGE
    yield f"text 0e{'9' * 1_000_000}", "0"
    yield f"text 0e-{'9' * 1_000_000}", OUT_OF_RANGE
    yield f"text 1e-{MAX_SCALE}", fraction
    yield f"text 1e{MAX_INTEGER_DIGITS - 1}", "1" + "0" * (MAX_INTEGER_DIGITS - 1)
    yield f"big_endian 7f{'ff' * 1_000_000} 0", OUT_OF_RANGE
    yield f"big_endian {'00' * 1_000_000}7f 1", "12.7"
    # Sums never fail, and what they make goes through stores like any other number.
    yield f"add {nines} {nines}", text_of(EXACT.add(number, number))
    yield f"multiply {nines} 1", nines
    yield f"multiply {nines} 2", text_of(EXACT.multiply(number, 2))
    yield f"multiply {nines} 1{'0' * 20}", OUT_OF_RANGE
    yield f"multiply {fraction} 0.1", OUT_OF_RANGE
    yield f"round {nines} 0 ROUND_UP", nines
    yield f"round {nines} 1 ROUND_UP", f"{nines}.0"
    yield f"divide {nines} {fraction} 0 ROUND_DOWN", OUT_OF_RANGE
    yield f"divide {fraction} {nines} 2 ROUND_UP", "0.01"
    yield f"canonical 1.{'0' * MAX_SCALE}", "1"
    yield f"canonical {nines}.{'0' * MAX_SCALE}", nines
    yield f"compare {longest_fraction} {fraction}", "1 1 1 other"
    yield f"compare -{longest_fraction} -{fraction}", "-1 -1 -1 other"
    yield f"through_key -{longest_fraction}", f"-{longest_fraction}"
    yield f"through_row -{longest_fraction}", f"-{longest_fraction}"
    yield f"digits {nines}", str(MAX_INTEGER_DIGITS)
    yield f"double {nines}", float("inf")
    yield f"double -{fraction}", -0.0
    for name in ("NaN", "nan", "-NaN", "Infinity", "-infinity", "INF", "+inf"):
        yield f"text {name}", "decimal_not_finite"
    for garbage in ("''", ".", ".5", "5.", "+", "-", "--1", "1e", "1e+", "e5", "1.e5", "1.5.2", "0x10", "infinit"):
        yield f"text {garbage}", "wrong_type"


def equal(answer, expected):
    """Doubles are compared by bits, everything else as text."""
    if isinstance(expected, float):
        return float(answer).hex() == expected.hex()
    return answer == expected


def shortened(text):
    """Long numbers by their ends."""
    text = str(text)
    return text if len(text) < 300 else f"{text[:140]}..({len(text)} characters)..{text[-140:]}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("driver")
    arguments.add_argument("--seed", type=int, default=20261124)
    arguments.add_argument("--cases", type=int, default=20_000)
    options = arguments.parse_args()
    sys.set_int_max_str_digits(0)
    decimal.setcontext(EXACT)

    generator = Generator(options.seed)
    operations = sorted(name.removeprefix("make_") for name in dir(Generator) if name.startswith("make_"))
    cases = [generator.case(operations[i % len(operations)]) for i in range(options.cases)]
    cases += longest_cases()

    lines = "".join(line + "\n" for line, _ in cases)
    run = subprocess.run([options.driver], input=lines, capture_output=True, text=True, check=False)
    answers = run.stdout.splitlines()
    failures = 0
    for (line, expected), answer in zip(cases, answers):
        if not equal(answer, expected):
            failures += 1
            if failures <= 20:
                print(f"{shortened(line)}\n  expected {shortened(expected)}\n  answered {shortened(answer)}")
    if run.returncode != 0 or len(answers) != len(cases):
        failures += 1
        stopped_at = shortened(cases[min(len(answers), len(cases) - 1)][0])
        print(f"the driver ended with {run.returncode} after {len(answers)} answers, at {stopped_at}\n{run.stderr}")

    counts = collections.Counter(line.split(" ", 1)[0] for line, _ in cases)
    counts.update(expected for _, expected in cases if expected in ERRORS)
    for name in (*operations, *ERRORS):
        if not counts[name]:
            failures += 1
            print(f"no case reached {name}")
    print(", ".join(f"{name} {counts[name]}" for name in (*operations, *ERRORS)))
    print(f"seed {options.seed}, {len(cases)} cases, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
