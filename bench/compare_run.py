"""One run of compare_cpu.sh: what was asked, the programs it calls, the figures, the file."""
import getopt
import json
import os
import re
import subprocess
import sys
import tempfile

import figures

USAGE = "usage: bench/compare_cpu.sh [-n PAIRS] [-t SECONDS] [-o FILE.json] [-p PYTHON] [SIMULATOR ...]"
ONE_CORE = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
SIMULATORS = ["poisson", "gaussian", "weinberg", "linear_regression"]


def fail(text):
    print(f"compare_cpu.sh: {text}", file=sys.stderr)
    sys.exit(2)


class Run:
    """What was asked, what was found, what was missing."""

    def __init__(self, arguments):
        try:
            options, self.simulators = getopt.getopt(arguments, "n:t:o:p:")
        except getopt.GetoptError as error:
            fail(f"{error}; {USAGE}")
        given = dict(options)
        pairs, seconds = given.get("-n", "5"), given.get("-t", "4")
        if not re.fullmatch(r"[1-9]\d*", pairs):
            fail(f"-n is {pairs}, expected a whole number from 1")
        if not re.fullmatch(r"\d*\.?\d+", seconds) or not float(seconds) > 0:
            fail(f"-t is {seconds}, expected seconds")
        self.pairs, self.seconds, self.out = int(pairs), float(seconds), given.get("-o", "")
        self.simulators = self.simulators or SIMULATORS
        for simulator in self.simulators:
            if simulator not in SIMULATORS:
                fail(f"simulator {simulator}, expected one of {', '.join(SIMULATORS)}")
        self.bench = os.environ["ALFI_BENCH"]
        if not os.access(self.bench, os.X_OK):
            fail(f"no program {self.bench}: build alfi_bench, or set ALFI_BENCH")
        self.values, self.missing, self.context, self.blas = {}, [], {}, []
        self.torches = self.find_torches([os.environ["PYTHON"], given.get("-p") or os.environ.get("PYTHON2", "")])
        if self.out:
            try:
                open(self.out, "a", encoding="utf-8").close()
            except OSError as error:
                fail(f"cannot write {self.out}: {error.strerror}")

    def lacks(self, what, why):
        if (what, why) not in self.missing:
            self.missing.append((what, why))
            print(f"  missing: {what}: {why}", flush=True)

    def find_torches(self, pythons):
        """[(label, python)] of those that have torch; labels hold the version, since figures are compared by name."""
        found = []
        ask = "import torch, blas; print(torch.__version__, int(blas.is_reference()), blas.name())"
        for python in filter(None, pythons):
            try:
                said = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True,
                                      env={**os.environ, "PYTHONPATH": "bench/peers"}).stdout
                version, reference, blas = said.strip().splitlines()[-1].split(" ", 2)
            except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
                self.lacks("PyTorch", f"{python} has none (Debian: apt-get install python3-torch libopenblas0; or set PYTHON)")
                continue
            if reference == "1":
                self.lacks(f"torch {version}", f"{python} multiplies by the reference BLAS, which is no measure: apt-get "
                           "install libopenblas0")
                continue
            found.append((f"torch {version}", python))
            # What CUDA and NumPy bring does not multiply PyTorch's matrices on the processor.
            own = [n for n in blas.split(", ") if not n.startswith(("libcublas", "libscipy"))]
            self.blas.append(", ".join(own) or "built in")
        if len({label for label, _ in found}) < len(found):
            fail(f"both Pythons have {found[0][0]}: leave one out")
        return found

    def record(self, name, unit, better, value):
        self.values.setdefault(name, (unit, better, []))[2].append(value)

    def ours(self, chosen, seconds, one_core=True):
        """{name: entry} of our program; what failed is missing."""
        with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
            pin = ONE_CORE if one_core else []
            done = subprocess.run(
                pin + [self.bench, f"--benchmark_filter={chosen}", f"--benchmark_min_time={seconds:g}",
                       f"--benchmark_out={file.name}", "--benchmark_out_format=json"], capture_output=True, text=True)
            try:
                document = json.load(file)
            except ValueError:
                self.lacks(chosen, f"our program ended with {done.returncode}: {(done.stderr.strip() or 'no word')[-200:]}")
                return {}
        self.context = document.get("context", {})
        entries = {}
        for entry in document["benchmarks"]:
            if entry.get("error_occurred"):
                self.lacks(figures.google_name(entry), entry.get("error_message", "failed"))
            else:
                entries[figures.google_name(entry)] = entry
        return entries

    def peer(self, label, python, script, *arguments):
        """The JSON lines of a peer."""
        done = subprocess.run(ONE_CORE + [python, f"bench/peers/{script}", *arguments], capture_output=True,
                              text=True)
        if done.returncode:
            self.lacks(f"{label} {script}", (done.stderr.strip().splitlines() or ["no word"])[-1])
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    return found[1] if found else "unknown"


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def document(run, started, load, complete):
    listed = []
    for name, (unit, better, values) in sorted(run.values.items()):
        listed.append({"name": name, "unit": unit, "better": better, "values": [float(f"{v:.6g}") for v in values],
                       "median": float(f"{figures.median(values):.6g}"),
                       "range": [float(f"{v:.6g}") for v in (min(values), max(values))],
                       "quartiles": [float(f"{figures.quartile(values, q):.6g}") for q in (0.25, 0.75)]})
    custom = run.context
    return {"kind": "compare_cpu", "date": started, "processor": processor(), "processors": len(os.sched_getaffinity(0)),
            "level": custom.get("cpu_level", "unknown"), "compiler": custom.get("compiler", "unknown"),
            "assertions": custom.get("assertions", "unknown"), "commit": git("rev-parse", "--short", "HEAD") or "unknown",
            "changed": bool(git("status", "--porcelain", "--untracked-files=no")),
            "load_average": load, "load_average_after": [round(x, 2) for x in os.getloadavg()],
            "torch": [label.split(" ", 1)[1] for label, _ in run.torches], "blas": run.blas, "pairs": run.pairs, "seconds": run.seconds,
            "complete": complete, "missing": [{"what": a, "why": b} for a, b in run.missing], "figures": listed}


def text_of(doc):
    """JSON with a figure a line."""
    head = json.dumps({k: v for k, v in doc.items() if k != "figures"})
    lines = ",\n".join("  " + json.dumps(f) for f in doc["figures"])
    return f"{head[:-1]},\n\"figures\": [\n{lines}\n]}}\n"
