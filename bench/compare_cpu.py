"""The work of compare_cpu.sh, which says what it does and how it is called."""
import datetime
import os
import re
import subprocess
import sys

import figures
from compare_run import Run, document, fail, processor, text_of

STD = re.compile(r"(^|/)std([_:/]|$)")
# What the kernels' run takes: all but whole meta-steps, what scales, and the loop on several threads.
KERNELS = "-^(meta_step|multiply_add|scaling)/"
# What a run should hold, by name.
WANTED = {
    "an LSTM step of 4096 rows": r"^lstm_step/B:4096/H:64$",
    "an LSTM step of 1 row": r"^lstm_step/B:1/H:64$",
    "the set encoder": r"^set_encoder/tanh/rows:64000$",
    "forward alone": r"/forward$",
    "the tape's node": r"^tape/",
    "our Poisson draws": r"^(?!std|.*/std|meta_step|scaling).*poisson",
    "our normal draws": r"^(?!std|.*/std|meta_step|scaling).*(normal|gaussian)",
    "the standard library's Poisson draws": r"^std.*poisson|poisson.*/std",
    "the standard library's normal draws": r"^std.*(normal|gaussian)|normal.*/std",
    "the copy roof": r"^copy/",
    "a second thread's multiply-adds": r"^multiply_add/threads:2$",
}

MICROSECONDS = {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}


def microseconds(entry):
    return entry["real_time"] * MICROSECONDS[entry["time_unit"]]


def by_wall(entry, rate):
    """A rate that Google Benchmark made with processor time, by wall time as the peers are timed: where other programs take
    the core away, neither is spared."""
    return rate if "real_time" in entry["name"] else rate * entry.get("cpu_time", entry["real_time"]) / entry["real_time"]


def draws_a_second(entry):
    return by_wall(entry, entry["items_per_second"])


def meta_steps(run):
    for simulator in run.simulators:
        name = f"meta_step/{simulator}"
        entry = run.ours(f"^{name}/threads:1(/|$)", run.seconds).get(f"{name}/threads:1")
        if entry is None:
            run.lacks(name, "no such benchmark")
            continue
        ours = microseconds(entry) * 1e-3
        run.record(f"{name} alfi", "ms", "lower", ours)
        line = f"  {name:28} {ours:9.4g} ms"
        for label, python in run.torches:
            for said in run.peer(label, python, "torch_meta_step.py", "--simulator", simulator, "--threads", "1",
                                 "--seconds", f"{run.seconds:g}")[:1]:
                peer = said["median_s"] * 1e3
                run.record(f"{name} {label}", "ms", "lower", peer)
                run.record(f"{name} {label} / alfi", "times", "higher", peer / ours)
                line += f"   {label} {peer:9.4g} ms, {peer / ours:5.3g} times"
        print(line, flush=True)


def draws_of(name):
    """What a benchmark draws: (distribution, rate, whether thetas come from the prior), or None."""
    kind = re.search(r"poisson|normal|gaussian", name)
    if not kind or name.startswith(("meta_step", "scaling")):
        return None
    rate = re.search(r"(?:rate[:=]|mean[:=]|poisson[_:])(\d+(?:\.\d+)?)", name)
    from_prior = re.search(r"(^|_)simulate/", name) is not None
    return "normal" if kind[0] == "gaussian" else kind[0], float(rate[1]) if rate else None, from_prior


def record_kernel(run, name, entry):
    run.record(name, "us", "lower", microseconds(entry))
    rows = re.search(r"/rows:(\d+)", name)
    if rows:
        run.record(f"{name} a row", "us", "lower", microseconds(entry) / int(rows[1]))
    if "items_per_second" in entry:
        run.record(f"{name} rate", "M/s", "higher", draws_a_second(entry) * 1e-6)
    if "share" in entry:
        run.record(f"{name} share", "share", "higher", by_wall(entry, entry["share"]))
    if "best_share" in entry:  # of the fastest call
        run.record(f"{name} best_share", "share", "higher", entry["best_share"])
    if "us_per_node" in entry:
        run.record(f"{name} a node", "us", "lower", 1 / by_wall(entry, 1 / entry["us_per_node"]))
    if name.startswith("copy/"):
        run.record(f"roof {name}", "GB/s", "higher", entry["peak_GB/s"])


def kernels(run):
    found = run.ours(KERNELS, run.seconds / 10)
    peaks = [entry["peak_GFLOPS"] for entry in found.values() if "peak_GFLOPS" in entry]
    if peaks:
        run.record("roof multiply_add", "GFLOP/s", "higher", peaks[0])
    for name, entry in found.items():
        record_kernel(run, name, entry)
        forward = found.get(f"{name}/forward")
        if forward:
            # Of the fastest calls where they are told: both were not measured at the same time.
            best = "best_us_per_row" if "best_us_per_row" in entry and "best_us_per_row" in forward else "real_time"
            run.record(f"{name} backward / forward", "times", "lower", entry[best] / forward[best] - 1)
    drawn = {n: draws_of(n) for n in found if "items_per_second" in found[n] and draws_of(n)}
    for name, what in drawn.items():
        peers = [n for n in drawn if drawn[n] == what and STD.search(n)]
        if peers and not STD.search(name):
            run.record(f"{name} alfi / std", "times", "higher",
                       draws_a_second(found[name]) / draws_a_second(found[peers[0]]))
    for label, python in run.torches:
        for said in run.peer(label, python, "torch_kernels.py", "--seconds", f"{run.seconds / 10:g}"):
            record_peer(run, label, said, found, drawn)
    print(f"  kernels: {len(found)} measured", flush=True)


def record_peer(run, label, said, found, drawn):
    name, peer = said["name"], said["median_s"] * 1e6
    if not said["draws"]:
        run.record(f"{name} {label}", "us", "lower", peer)
        if name in found:
            run.record(f"{name} {label} / alfi", "times", "higher", peer / microseconds(found[name]))
        return
    rate = said["draws"] / said["median_s"]
    run.record(f"{name} {label} rate", "M/s", "higher", rate * 1e-6)
    for ours, what in drawn.items():
        if what == draws_of(name) and not STD.search(ours):
            run.record(f"{ours} alfi / {label}", "times", "higher", draws_a_second(found[ours]) / rate)


def second_thread(run):
    """All four in one run of the program."""
    if len(os.sched_getaffinity(0)) < 2:
        run.lacks("what a second thread gains", "one processor only")
        return
    found = run.ours("^(meta_step/poisson|multiply_add)/threads:[12](/|$)", run.seconds, one_core=False)
    gains = {}
    for name in ("meta_step/poisson", "multiply_add"):
        one, two = found.get(f"{name}/threads:1"), found.get(f"{name}/threads:2")
        if one and two:
            gains[name] = microseconds(one) / microseconds(two)
            run.record(f"{name} second thread", "times", "higher", gains[name])
    if len(gains) == 2:
        share = gains["meta_step/poisson"] / gains["multiply_add"]
        run.record("second thread meta_step / multiply_add", "share", "higher", share)
        print("  second thread: " + ", ".join(f"{n} {g:.3g} times" for n, g in gains.items()), flush=True)


def main():
    run = Run(sys.argv[1:])
    load = [round(x, 2) for x in os.getloadavg()]
    started = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    torches = ", ".join(f"{label} ({blas})" for (label, _), blas in zip(run.torches, run.blas))
    print(f"load average before: {load}\n{processor()}; {torches or 'no PyTorch: ours alone'}")
    listed = subprocess.run([run.bench, "--benchmark_list_tests=true"], capture_output=True, text=True)
    if listed.returncode:
        fail(f"{run.bench} lists no benchmark: {listed.stderr.strip()[-200:]}")
    names = [n.replace("/real_time", "") for n in listed.stdout.split()]
    for what, pattern in WANTED.items():
        if not any(re.search(pattern, n) for n in names):
            run.lacks(what, f"{run.bench} has no benchmark like {pattern}")
    complete = False
    try:
        for pair in range(1, run.pairs + 1):
            print(f"pair {pair} of {run.pairs}", flush=True)
            meta_steps(run)
            kernels(run)
            second_thread(run)
        complete = True
    except KeyboardInterrupt:
        print("interrupted: what was measured follows")
    doc = document(run, started, load, complete)
    print(f"\nmedian, least to most; load average after: {doc['load_average_after']}; level {doc['level']}, {doc['compiler']}")
    for f in doc["figures"]:
        print(f"  {f['name']:60} {f['median']:9.4g} ({f['range'][0]:.4g} to {f['range'][1]:.4g}) {f['unit']}")
    for what, why in run.missing:
        print(f"missing: {what}: {why}")
    if run.out:
        with open(run.out, "w", encoding="utf-8") as file:
            file.write(text_of(doc))
        print(f"written: {run.out}")
    return 0 if complete and not run.missing else 1


if __name__ == "__main__":
    sys.exit(main())
