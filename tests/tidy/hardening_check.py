#!/usr/bin/env python3
"""Reads the hardening flags of CMakeLists.txt back from a linked binary.

usage: hardening_check.py BINARY

A flag that is passed but has no effect (another flag undid it, a library came without it) would go unnoticed
otherwise. Control-flow protection is not asked for: Debian 12's C start-up objects do not carry the mark, so the
linker drops it from every binary. Uses readelf from binutils, which the compiler depends on. Ends with 1 and the list
of what is missing.
"""

import re
import subprocess
import sys

# What must be seen in the output of readelf, and the flags that bring it.
EXPECTED = [
    ("position independent executable", r"^\s*Type:\s+DYN \(Position-Independent Executable file\)", "-fPIE -pie"),
    ("read-only relocations", r"^\s*GNU_RELRO\b", "-Wl,-z,relro"),
    ("all symbols bound at start", r"\bBIND_NOW\b|\bFLAGS_1\b.*\bNOW\b", "-Wl,-z,now"),
    ("stack not executable", r"^\s*GNU_STACK\s+(0x0+\s+){5}RW\s", "-Wl,-z,noexecstack"),
    ("stack protector", r"\b__stack_chk_fail\b", "-fstack-protector-strong"),
    ("checked libc functions", r"\b__\w+_chk\b(?<!__stack_chk)", "-D_FORTIFY_SOURCE=3 with optimisation"),
    ("checked library containers", r"\b_ZSt\d+__glibcxx_assert_fail\w*", "-D_GLIBCXX_ASSERTIONS"),
]


def read_elf(binary):
    """The headers, dynamic section and dynamic symbols of a binary as text."""
    command = ["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", "--dyn-syms", binary]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def missing_protections(binary):
    """The names and flags of what EXPECTED lists and the binary lacks."""
    text = read_elf(binary)
    return [f"{name}: not found; it comes from {flags}" for name, pattern, flags in EXPECTED
            if not re.search(pattern, text, re.M)]


def main(arguments):
    if len(arguments) != 1:
        sys.exit(__doc__)
    missing = missing_protections(arguments[0])
    for line in missing:
        print(line)
    print(f"{len(EXPECTED) - len(missing)} of {len(EXPECTED)} protections found")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
