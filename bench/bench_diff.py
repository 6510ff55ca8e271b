#!/usr/bin/env python3
"""Compares two result files of the benchmarks and says what became slower.

usage: bench/bench_diff.py OLD NEW [--least SHARE] [--alone SHARE] [--only REGEX] [--all]

Reads what compare_cpu.sh -o, alfi_bench --benchmark_format=json, alfi_bench_gpu, compare_gpu.sh -o and gpu_check.sh write.
A figure is worse where its median is worse by more than SHARE (--least, default 0.03) and every value of NEW is worse
than every value of OLD. Of two times five equally distributed values that happens by chance once in 252; of single
values nothing is known, so there the medians must differ by --alone (default 0.10). A benchmark whose answer became
wrong is worse, whatever its time. Times of different machines, compilers or CPU levels say little: a warning.
Exit status: 0, 1 where a figure is worse, 2 for wrong use or a file that cannot be read."""
import argparse
import math
import re
import sys

import figures


def verdict(old, new, least, alone):
    """(what, relative change of the median, positive where worse)."""
    if new.failed:
        return ("same", 0.0) if old.failed else ("worse", math.inf)
    if old.failed:
        return "better", -math.inf
    sign = 1 if old.better == "lower" else -1
    if old.middle == 0:
        return ("same", 0.0) if new.middle == 0 else ("worse" if sign * new.middle > 0 else "better", math.inf)
    change = sign * (new.middle - old.middle) / abs(old.middle)
    known = old.count > 1 and new.count > 1
    apart = not known or new.low > old.high or new.high < old.low
    if not apart or abs(change) <= (least if known else max(least, alone)):
        return "same", change
    return ("worse" if change > 0 else "better"), change


def spread(figure):
    if figure.failed:
        return "failed"
    if figure.count < 2:
        return f"{figure.middle:.4g}"
    return f"{figure.middle:.4g} ({figure.low:.4g} to {figure.high:.4g})"


def compare(old, new, options):
    """Prints; the number of figures that are worse."""
    for key in sorted(set(old.where) | set(new.where)):
        if old.where.get(key) != new.where.get(key):
            print(f"warning: {key} differs: {old.where.get(key)}, then {new.where.get(key)}")
    chosen = [n for n in old.figures if re.search(options.only, n)]
    counts = {"worse": 0, "better": 0, "same": 0}
    for name in chosen:
        if name not in new.figures:
            print(f"gone    {name}")
            continue
        a, b = old.figures[name], new.figures[name]
        if not (a.failed or b.failed) and a.unit != b.unit:
            raise figures.Malformed(f"{name}: in {a.unit} in one file, in {b.unit} in the other")
        what, change = verdict(a, b, options.least, options.alone)
        counts[what] += 1
        if what != "same" or options.all:
            said = b.failed or (f"{100 * abs(change):.1f} % {'worse' if change > 0 else 'better'}"
                                if math.isfinite(change) else "")
            print(f"{what:7} {name} [{b.unit or a.unit}]: {spread(a)} -> {spread(b)}  {said}".rstrip())
    for name in new.figures:
        if name not in old.figures and re.search(options.only, name):
            print(f"new     {name}: {spread(new.figures[name])}")
    if not any(counts.values()):
        raise figures.Malformed("no figure is in both files")
    print(f"{counts['worse']} worse, {counts['better']} better, {counts['same']} within the spread")
    return counts["worse"]


def main():
    parser = argparse.ArgumentParser(description="what became slower from one result file to another")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--least", type=float, default=0.03, metavar="SHARE")
    parser.add_argument("--alone", type=float, default=0.10, metavar="SHARE")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--all", action="store_true", help="those within the spread, too")
    options = parser.parse_args()
    try:
        re.compile(options.only)
    except re.error as error:
        parser.error(f"--only {options.only}: {error}")
    if not (0 <= options.least < math.inf and 0 <= options.alone < math.inf):
        parser.error("--least and --alone: expected shares from 0")
    try:
        return 1 if compare(figures.read(options.old), figures.read(options.new), options) else 0
    except figures.Malformed as error:
        print(f"bench_diff.py: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
