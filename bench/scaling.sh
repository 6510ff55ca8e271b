#!/usr/bin/env bash
# How the cost of a meta-step grows with problems, iterations, proposals and observations, each from a quarter of the published
# size to four times it, on one core (bench_scaling.cpp): measured, fitted by a line, printed and drawn. About a minute.
# usage: bench/scaling.sh [-r REPETITIONS] [-t SECONDS] [-o FILE.json] [-p PICTURE.svg]
#   REPETITIONS of each point, default 15; SECONDS of each, default 0.1. FILE.json: default build/scaling.json.
#   PICTURE.svg: default docs/scaling.svg. ALFI_BENCH: our program (build/release/bench/alfi_bench).
# Exit status: 0; 1 where a benchmark failed; 2 for wrong use or without our program.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "scaling.sh: $*" >&2
  exit 2
}

repetitions=15 seconds=0.1 out=build/scaling.json picture=docs/scaling.svg bench=${ALFI_BENCH:-build/release/bench/alfi_bench}
while getopts "r:t:o:p:" option; do
  case $option in
    r) repetitions=$OPTARG ;;
    t) seconds=$OPTARG ;;
    o) out=$OPTARG ;;
    p) picture=$OPTARG ;;
    *) fail "usage: bench/scaling.sh [-r REPETITIONS] [-t SECONDS] [-o FILE.json] [-p PICTURE.svg]" ;;
  esac
done
[[ $repetitions =~ ^[1-9][0-9]*$ ]] || fail "-r is $repetitions, expected a whole number from 1"
[[ $seconds =~ ^[0-9]*\.?[0-9]+$ ]] || fail "-t is $seconds, expected seconds"
[[ -x $bench ]] || fail "no program $bench: build alfi_bench, or set ALFI_BENCH"
mkdir -p "$(dirname "$out")"

echo "load average before: $(cut -d ' ' -f 1-3 /proc/loadavg)"
# In an order that mixes the points: what disturbs one of them for a while disturbs its neighbours no more than others.
taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')" "$bench" --benchmark_filter='^scaling/' \
  --benchmark_repetitions="$repetitions" --benchmark_enable_random_interleaving=true --benchmark_min_time="$seconds" \
  --benchmark_context=commit="$(git rev-parse --short HEAD 2>/dev/null || echo unknown)" \
  --benchmark_context=processor="$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo | tr -d ,)" \
  --benchmark_out="$out" --benchmark_out_format=json >/dev/null
python3 bench/scaling_plot.py "$out" "$picture"
