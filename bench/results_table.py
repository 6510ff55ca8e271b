#!/usr/bin/env python3
"""Writes the speed tables of README.md and docs/results.md from one file of bench/compare_cpu.sh -o.

usage: bench/results_table.py FILE.json MARKDOWN...
       bench/results_table.py --check MARKDOWN...
What stands between "<!-- speed: begin ... -->" (the short table) or "<!-- speed-full: begin ... -->" (all of it) and the
matching end is replaced. --check: whether it still is what the file named there gives; a block that names no file yet was
never filled, and passes.
Exit status: 0; 1 where --check finds a difference; 2 for wrong use, or a file that cannot be read or has no block."""
import re
import sys

import figures

BLOCK = re.compile(r"<!-- (speed|speed-full): begin(.*?)-->\n(.*?)<!-- \1: end -->", re.S)
SOURCE = re.compile(r" (\S+\.json) ")
SIMULATORS = ("poisson", "gaussian", "weinberg", "linear_regression")


def three(value):
    """Three digits, never as a power of ten."""
    if value == 0:
        return "0"
    text = f"{value:.3g}"
    return text if "e" not in text else f"{value:.0f}" if abs(value) > 1 else f"{value:.6f}".rstrip("0")


class Source:
    """The figures of a file."""

    def __init__(self, path):
        results = figures.read(path)
        if results.kind != "compare_cpu":
            raise figures.Malformed(f"{path}: of {results.kind}, expected compare_cpu.sh's")
        self.path, self.found, self.document = path, results.figures, results.document
        for key in ("date", "processor", "processors", "commit", "level", "compiler", "torch", "blas", "pairs", "seconds",
                    "load_average", "load_average_after", "missing"):
            figures.member(self.document, key, path)
        self.torches = [f"torch {version}" for version in self.document["torch"]]

    def scaled(self, name, unit):
        """(figure, unit, factor), in milliseconds where microseconds would have four digits."""
        figure = self.found[name]
        return (figure, " ms", 1e-3) if unit == " us" and figure.middle >= 1000 else (figure, unit, 1.0)

    def median(self, name, unit=""):
        if name not in self.found:
            return "-"
        figure, unit, factor = self.scaled(name, unit)
        return three(figure.middle * factor) + unit

    def ranged(self, name, unit=""):
        if name not in self.found:
            return "-"
        figure, unit, factor = self.scaled(name, unit)
        return f"{three(figure.middle * factor)}{unit} ({three(figure.low * factor)} to {three(figure.high * factor)})"

    def names(self, pattern):
        return [n for n in self.found if re.search(pattern, n)]

    def made(self):
        d = self.document
        load = ", ".join(str(x) for x in d["load_average"])
        return (f"{d['date'][:10]}, {d['processor']} ({d['processors']} processors, load average {load} before, "
                f"{d['load_average_after'][0]} after), vector level {d['level']}, {d['compiler']}, commit {d['commit']}"
                f"{', with changes' if d.get('changed') else ''}")


def table(head, rows):
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head)] + rows]
    return "\n".join(lines) + "\n"


def compared(source, ranged):
    """Rows of what PyTorch and the standard library do, too: ours, then how many times faster than each."""
    times = source.ranged if ranged else source.median
    rows = []
    for simulator in SIMULATORS:
        name = f"meta_step/{simulator}"
        rows.append([f"meta-step, {simulator}", times(f"{name} alfi", " ms"), "",
                     *[source.ranged(f"{name} {torch} / alfi") for torch in source.torches]])
    for what, name, value, unit in (
            ("LSTM step, 4096 rows of 64", "lstm_step/B:4096/H:64", "", " us"),
            ("LSTM step, 1 row of 64", "lstm_step/B:1/H:64", "", " us"),
            ("set encoder 1-50-50-20, a row", "set_encoder/tanh/rows:64000", " a row", " us")):
        rows.append([what, times(name + value, unit), "", *[source.ranged(f"{name} {t} / alfi") for t in source.torches]])
    for name in source.names(r" alfi / std$" if ranged else r"^draws/(poisson_(8|30)/simulator|normal/(batch|stream))/\S* alfi / std$"):
        ours = name[: -len(" alfi / std")]
        rows.append([plain(ours), times(f"{ours} rate", " M/s"), source.ranged(name),
                     *[source.ranged(f"{ours} alfi / {torch}") for torch in source.torches]])
    shown = [row for row in rows if row[1] != "-"]
    return table(["one core; forward and backward", "alfi", "times std::", *[f"times PyTorch {t[6:]}" for t in source.torches]],
                 shown)


def plain(name):
    """What a benchmark of draws measures, in words."""
    found = re.match(r"draws/normal/(batch|stream)/(\d+)$", name)
    if found:
        how = "many samples at once" if found[1] == "batch" else "samples one by one (a functor without `many`)"
        return f"normal draws, {found[2]} a sample, {how}"
    found = re.match(r"draws/poisson_([0-9.]+)/simulator/(\d+)$", name)
    return f"Poisson draws, rate {found[1]}, {found[2]} a proposal" if found else f"`{name}`"


def second_thread(source):
    return (f"A second thread gains a meta-step {source.ranged('meta_step/poisson second thread')} times, a pure multiply-add "
            f"loop {source.ranged('multiply_add second thread')}; the ratio of the two gains: "
            f"{source.ranged('second thread meta_step / multiply_add')}.\n")


def short(source):
    d = source.document
    return (f"{compared(source, False)}\n\"Times\": above 1 alfi is faster; M/s: million draws a second. Median of {d['pairs']} pairs measured in turn, range in brackets; {source.made()}.\n"
            f"{second_thread(source)}")


def full(source):
    d = source.document
    shares = [[f"`{n[:-len(' best_share')]}`", source.ranged(f"{n[:-len(' best_share')]}", " us"),
               source.ranged(n[:-len(" best_share")] + " share"), source.ranged(n)] for n in source.names(r" best_share$")]
    shares += [[f"`{n[:-len(' share')]}` (copy)", source.ranged(n[:-len(" share")], " us"), source.ranged(n), ""]
               for n in source.names(r"^(adam|relu)\S* share$")]
    backward = [[f"`{n[:-len(' backward / forward')]}`", source.ranged(n)] for n in source.names(r" backward / forward$")]
    torches = ", ".join(f"{t} by {b}" for t, b in zip(d["torch"], d["blas"])) or "none"
    text = [f"{source.made()}; PyTorch {torches}; {d['pairs']} pairs, {d['seconds']:g} s for each meta-step.\n", compared(source, True),
            second_thread(source), f"A node of the tape costs {source.ranged('tape/node a node', ' us')}. Roofs: multiply-add "
            f"{source.ranged('roof multiply_add', ' GFLOP/s')}; " + "; ".join(
                f"{n[5:]} {source.ranged(n, ' GB/s')}" for n in source.names("^roof copy/")) + ".\n",
            table(["kernel", "time", "share of its roof", "fastest call's"], shares),
            table(["kernel", "backward over forward"], backward)]
    for lack in d["missing"]:
        text.append(f"Missing: {lack['what']}: {lack['why']}\n")
    return "\n".join(text)


def filled(text, source):
    """text with its blocks written anew."""
    def block(match):
        kind = match[1]
        body = short(source) if kind == "speed" else full(source)
        return (f"<!-- {kind}: begin; from {source.path} by bench/results_table.py -->\n{body}<!-- {kind}: end -->")
    return BLOCK.sub(block, text)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as error:
        raise figures.Malformed(f"{path}: {error.strerror}") from None
    if not BLOCK.search(text):
        raise figures.Malformed(f"{path}: no block \"<!-- speed: begin ... -->\" to fill")
    return text


def check(paths):
    """The number of files that differ."""
    differing = 0
    for path in paths:
        text = read(path)
        named = SOURCE.search(BLOCK.search(text)[2] + " ")
        if not named:
            print(f"{path}: not filled yet")
        elif filled(text, Source(named[1])) != text:
            print(f"{path}: differs from {named[1]}: bench/results_table.py {named[1]} {path}")
            differing += 1
    return differing


def main(arguments):
    if len(arguments) < 2:
        print("usage: bench/results_table.py FILE.json MARKDOWN... | --check MARKDOWN...", file=sys.stderr)
        return 2
    try:
        if arguments[0] == "--check":
            return 1 if check(arguments[1:]) else 0
        source = Source(arguments[0])
        written = [(path, filled(read(path), source)) for path in arguments[1:]]
        for path, text in written:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
    except figures.Malformed as error:
        print(f"results_table.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
