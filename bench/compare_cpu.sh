#!/usr/bin/env bash
# Ours beside PyTorch and the C++ standard library on one core, in turn, pair by pair: the whole meta-step of each simulator
# at the published sizes, an LSTM step, the set encoder, Poisson and normal draws; each kernel's share of the multiply-add
# or the copy roof, measured in the same run; backward over forward; the tape; and what a second thread gains a meta-step
# beside what it gains a loop of multiply-adds in registers. Of our times the mean is taken, of the peer's the median, which
# favours the peer where other programs disturb. Nothing else should run meanwhile: the load average is printed first.
# About a quarter of an hour with two PyTorchs.
# usage: bench/compare_cpu.sh [-n PAIRS] [-t SECONDS] [-o FILE.json] [-p PYTHON] [SIMULATOR ...]
#   PAIRS: default 5. SECONDS: of each run of a meta-step (default 4); a kernel gets a tenth of that, each.
#   SIMULATOR: poisson, gaussian, weinberg, linear_regression (default: all four).
#   PYTHON: a second Python whose PyTorch is measured beside the first (a virtual environment with that of PyPI).
#   Variables: ALFI_BENCH, our program (build/release/bench/alfi_bench); PYTHON, a Python that has torch (/usr/bin/python3;
#   Debian: python3-torch, and libopenblas0, without which it multiplies ten times slower: such a one is left out);
#   PYTHON2, the same as -p.
# FILE.json: every value with its median and spread, the machine, compiler, CPU level, commit, date, load. bench_diff.py
# compares two of them; results_table.py writes README.md's and docs/results.md's tables from one.
# Exit status: 0; 1 where something was missing or failed (said at the start and at the end; the rest is measured and
# written); 2 for wrong use or without our program.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 # torch.set_num_threads does not limit OpenBLAS
export ALFI_BENCH=${ALFI_BENCH:-build/release/bench/alfi_bench} PYTHON=${PYTHON:-/usr/bin/python3}
command -v taskset >/dev/null || { echo "compare_cpu.sh: taskset not found (Debian: util-linux)" >&2 && exit 2; }
command -v python3 >/dev/null || { echo "compare_cpu.sh: python3 not found" >&2 && exit 2; }
exec python3 bench/compare_cpu.py "$@"
