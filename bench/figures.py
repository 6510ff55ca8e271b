"""Figures of benchmarks: what each is called, its unit, which way is better, the values measured; read from every file
that our benchmarks write. Shared by compare_cpu.py, bench_diff.py, results_table.py and scaling_plot.py; Python's
standard library alone."""
import dataclasses
import json
import math


class Malformed(Exception):
    """A file that is none of ours, or broken: where, what was got, what was wanted."""


def median(values):
    ordered, n = sorted(values), len(values)
    return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / 2


def quartile(values, share):
    """Linear between the order statistics."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


@dataclasses.dataclass
class Figure:
    name: str
    unit: str
    better: str  # "lower" or "higher"
    middle: float
    low: float
    high: float
    count: int  # values behind it: with one the spread is not known
    failed: str = ""  # why there is no value

    @staticmethod
    def of(name, unit, better, values):
        return Figure(name, unit, better, median(values), min(values), max(values), len(values))

    @staticmethod
    def failure(name, why):
        return Figure(name, "", "lower", math.nan, math.nan, math.nan, 0, why)


@dataclasses.dataclass
class Results:
    kind: str
    where: dict  # what must agree for times to be comparable: processor, level, card ...
    figures: dict  # name -> Figure
    document: object = None  # the whole file


def number(value, what):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise Malformed(f"{what} is {json.dumps(value)}, expected a finite number")
    return float(value)


def member(thing, key, what):
    if not isinstance(thing, dict) or key not in thing:
        raise Malformed(f"{what}: no member \"{key}\"")
    return thing[key]


def members(thing, key, what):
    value = member(thing, key, what)
    if not isinstance(value, list):
        raise Malformed(f"{what}: \"{key}\" is no list")
    return value


def of_compare_cpu(document):
    found = {}
    for i, entry in enumerate(members(document, "figures", "the file")):
        name = str(member(entry, "name", f"figure {i}"))
        better = member(entry, "better", name)
        if better not in ("lower", "higher"):
            raise Malformed(f"{name}: \"better\" is {json.dumps(better)}, expected \"lower\" or \"higher\"")
        values = [number(v, f"{name}: a value") for v in members(entry, "values", name)]
        if not values:
            raise Malformed(f"{name}: no values")
        found[name] = Figure.of(name, str(entry.get("unit", "")), better, values)
    return Results("compare_cpu", {k: document.get(k) for k in ("processor", "level", "compiler")}, found)


def google_name(entry):
    """Of one entry of Google Benchmark, without the mark that time is wall time and that of a repetition."""
    name = str(member(entry, "name", "a benchmark"))
    name = str(entry.get("run_name", name))
    parts = name.split("/")
    return "/".join(p for p in parts if p != "real_time" and not p.startswith(("repeats:", "min_time:")))


def of_google(document):
    values, units, found = {}, {}, {}
    for entry in members(document, "benchmarks", "the file"):
        name = google_name(entry)
        if entry.get("error_occurred"):
            found[name] = Figure.failure(name, str(entry.get("error_message", "failed")))
        elif entry.get("run_type", "iteration") == "iteration":
            values.setdefault(name, []).append(number(member(entry, "real_time", name), f"{name}: real_time"))
            units[name] = str(entry.get("time_unit", "ns"))
        elif entry.get("aggregate_name") == "median" and name not in values:
            values[name], units[name] = [number(member(entry, "real_time", name), name)], str(entry.get("time_unit"))
    found.update({n: Figure.of(n, units[n], "lower", v) for n, v in values.items() if n not in found})
    context = document.get("context") or {}
    return Results("Google Benchmark", {k: context.get(k) for k in ("cpu_level", "compiler", "num_cpus")}, found)


def ranged(name, unit, entry, middle, spread, count):
    low, high = (number(v, f"{name}: an end of {spread}") for v in (members(entry, spread, name) + [None] * 2)[:2])
    return Figure(name, unit, "lower", number(member(entry, middle, name), f"{name}: {middle}"), low, high,
                  int(number(entry.get(count, 1), f"{name}: {count}")))


def of_compare_gpu(document):
    found = {}
    for i, entry in enumerate(members(document, "results", "the file")):
        name = f"{member(entry, 'case', f'result {i}')} {member(entry, 'who', f'result {i}')}"
        found[name] = ranged(name, "ms", entry, "median_ms", "range_ms", "rounds")
    return Results("compare_gpu", {"card": document.get("card")}, found)


def of_gpu_lines(lines):
    found, where = {}, {}
    for line in lines:
        if not isinstance(line, dict):
            raise Malformed(f"a line is {json.dumps(line)[:40]}, expected an object")
        if "gpu" in line:
            where = {"card": line["gpu"]}
        elif "name" in line:
            name = str(line["name"])
            found[name] = (Figure.failure(name, str(line["failed"])) if "failed" in line else
                           ranged(name, "us", line, "median_us", "range_us", "rounds"))
        else:
            raise Malformed("a line has neither \"gpu\" nor \"name\": none of alfi_bench_gpu's")
    return Results("alfi_bench_gpu", where, found)


def of_gpu_check(document):
    results = of_gpu_lines(members(document, "benchmarks", "the file"))
    results.kind = "gpu_check"
    if document.get("comparison"):
        results.figures.update(of_compare_gpu(document["comparison"]).figures)
    return results


def of_text(text):
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].lstrip().startswith('{"'):
            raise Malformed(f"no JSON: {error}") from None
        parsed = []
        for i, line in enumerate(lines, 1):
            try:
                parsed.append(json.loads(line))
            except json.JSONDecodeError as broken:
                raise Malformed(f"line {i} is no JSON: {broken}") from None
        return of_gpu_lines(parsed)
    if isinstance(document, dict):
        if document.get("kind") == "compare_cpu":
            results = of_compare_cpu(document)
        elif "stages" in document and "benchmarks" in document:
            results = of_gpu_check(document)
        elif "benchmarks" in document:
            results = of_google(document)
        elif "results" in document:
            results = of_compare_gpu(document)
        elif "gpu" in document or "name" in document:
            results = of_gpu_lines([document])
        else:
            raise Malformed("none of compare_cpu.sh, Google Benchmark, compare_gpu.sh, alfi_bench_gpu or gpu_check.sh wrote this")
        results.document = document
        return results
    raise Malformed(f"a JSON {type(document).__name__}, expected an object")


def read(path):
    """Results of the file. Throws Malformed with the path."""
    try:
        with open(path, encoding="utf-8") as file:
            results = of_text(file.read())
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Malformed(f"{path}: not text") from None
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None
    except (AttributeError, TypeError, ValueError) as error:  # a value of another type than the format's
        raise Malformed(f"{path}: not in the form it seems to have: {error}") from None
    if not results.figures:
        raise Malformed(f"{path}: no figure in it")
    return results
