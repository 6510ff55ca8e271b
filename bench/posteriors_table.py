#!/usr/bin/env python3
"""A Markdown table of what bench/posteriors.sh measured: for each simulator and number of observations the gap to the exact
posterior, its error, its median over problems, the negative log density, what central intervals hold, the root mean square
error over that of maximum likelihood, training's seconds, and whether answers are calibrated. Of several seeds the median,
in brackets the least and the largest.

usage: bench/posteriors_table.py FILE.json [--shrink FILE.json]
--shrink: writes the document without the curves of checks, which nothing here reads and which are most of it.
Exit status: 0; 2 for wrong use, or a file that is none of posteriors.sh's."""
import argparse
import json
import sys

import figures

HEAD = ("simulator", "observations", "gap to exact", "error of a gap", "its median", "-log density", "50 / 90 % hold",
        "RMSE over maximum likelihood's", "training", "calibrated")


def spread(values, form):
    """The median; of several also the least and the largest."""
    text = form(figures.median(values))
    return f"{text} ({form(min(values))} to {form(max(values))})" if len(values) > 1 else text


def by_parameter(rows, form):
    """rows: for each seed one value a parameter."""
    return ", ".join(form(figures.median(column)) for column in zip(*rows))


def verdict(runs):
    checks = [run["check"]["calibrated"] for run in runs if "check" in run]
    if not checks:
        return ""
    return "yes" if all(checks) else f"{sum(checks)} of {len(checks)}" if any(checks) else "no"


def row(name, size, runs, evaluations):
    exact = [e["exact"] for e in evaluations if e["exact"]["available"]]
    likelihood = [[ours / theirs for ours, theirs in zip(e["rmse_by_iteration"][-1], e["maximum_likelihood"]["rmse"])]
                  for e in evaluations if e["maximum_likelihood"]["available"]]
    hold = [by_parameter([[100 * share for share in e["coverage"][level]] for e in evaluations], lambda v: f"{v:.0f}")
            for level in ("0.5", "0.9")]
    return (name, str(size) if size else "",
            spread([e["gap"]["mean"] for e in exact], lambda v: f"{v:.3f}") if exact else "",
            f"{figures.median([e['gap']['standard_error'] for e in exact]):.3f}" if exact else "",
            f"{figures.median([e['gap_median'] for e in exact]):.3f}" if exact else "",
            spread([e["negative_log_density"]["mean"] for e in evaluations], lambda v: f"{v:.3f}"), " / ".join(hold),
            by_parameter(likelihood, lambda v: f"{v:.3f}") if likelihood else "",
            spread([run["train"]["seconds"] for run in runs], lambda v: f"{v:.0f}") + " s", verdict(runs))


def rows(document):
    simulators = {}
    for run in document["runs"]:
        simulators.setdefault(run["simulator"], []).append(run)
    for name, runs in simulators.items():
        sizes = {}
        for run in runs:
            for evaluation in run["evaluate"] if isinstance(run["evaluate"], list) else [run["evaluate"]]:
                sizes.setdefault(evaluation["observed"], []).append(evaluation)
        for size, evaluations in sizes.items():
            yield row(name, size, runs, evaluations)


def without_curves(document):
    for run in document["runs"]:
        check = run.get("check", {})
        for key in ("points", "band"):
            check.pop(key, None)
        for quantity in check.get("quantities", []):
            quantity.pop("shares", None)
    return document


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--shrink", metavar="FILE.json")
    arguments = parser.parse_args()
    try:
        with open(arguments.file, encoding="utf-8") as file:
            document = json.load(file)
        table = [HEAD, ("---",) * len(HEAD), *rows(document)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"posteriors_table.py: {arguments.file}: {error!r}, expected what bench/posteriors.sh writes", file=sys.stderr)
        return 2
    for line in table:
        print("| " + " | ".join(line) + " |")
    if arguments.shrink:
        with open(arguments.shrink, "w", encoding="utf-8") as file:
            json.dump(without_curves(document), file, indent=1)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
