#!/usr/bin/env bash
# Our meta-step beside the same work in PyTorch (bench/peers/), on one core, in turn; and what a second thread gains our
# meta-step beside what it gains a loop of multiply-adds in registers. Of our steps the mean is taken, of the peer's the
# median, which favours the peer where other programs disturb. PyTorch (Debian: python3-torch) is needed for this
# comparison alone. Nothing else should run meanwhile: the load average is printed first.
# usage: bench/compare_cpu.sh [-n PAIRS] [-t SECONDS] [-o FILE.json] [SIMULATOR ...]
#   SIMULATOR: poisson (default), gaussian, weinberg, linear_regression. SECONDS: of each run (default 10).
#   ALFI_BENCH: our program (build/release/bench/alfi_bench). PYTHON: a Python that has torch (/usr/bin/python3).
set -Eeuo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "compare_cpu.sh: $*" >&2
  exit 2
}

pairs=5 seconds=10 out='' bench=${ALFI_BENCH:-build/release/bench/alfi_bench} python=${PYTHON:-/usr/bin/python3}
while getopts "n:t:o:" option; do
  case $option in
    n) pairs=$OPTARG ;;
    t) seconds=$OPTARG ;;
    o) out=$OPTARG ;;
    *) fail "usage: bench/compare_cpu.sh [-n PAIRS] [-t SECONDS] [-o FILE.json] [SIMULATOR ...]" ;;
  esac
done
shift $((OPTIND - 1))
simulators=("$@")
[[ ${#simulators[@]} -gt 0 ]] || simulators=(poisson)
[[ $pairs =~ ^[1-9][0-9]*$ ]] || fail "-n is $pairs, expected a whole number from 1"
[[ $seconds =~ ^[0-9]*\.?[0-9]+$ ]] || fail "-t is $seconds, expected seconds"
for simulator in "${simulators[@]}"; do
  [[ $simulator =~ ^(poisson|gaussian|weinberg|linear_regression)$ ]] ||
    fail "simulator $simulator, expected poisson, gaussian, weinberg or linear_regression"
done
[[ -x $bench ]] || fail "no program $bench: build alfi_bench, or set ALFI_BENCH"
command -v taskset >/dev/null || fail "taskset not found (Debian: util-linux)"
torch=$("$python" -c 'import torch; print(torch.__version__)' 2>/dev/null) ||
  fail "$python has no PyTorch, which this comparison needs: apt-get install python3-torch, or set PYTHON"
blas=$(cd bench/peers && "$python" -c 'import torch, blas; print("" if blas.is_reference() else blas.name())')
[[ -n $blas ]] || fail "this PyTorch multiplies by the reference BLAS, which is no measure: apt-get install libopenblas0"
if [[ -n $out ]]; then : >"$out" || fail "cannot write $out"; fi

# ours FILTER [COMMAND...]: "name milliseconds" of each benchmark. What the program says beside its table is kept for
# the case that it measures nothing.
ours() {
  local filter=$1 log
  shift
  log=$(mktemp)
  "$@" "$bench" --benchmark_filter="$filter" --benchmark_format=json --benchmark_min_time="$seconds" 2>"$log" |
    awk -F '"' '$2 == "name" { name = $4; sub(/\/real_time$/, "", name) }
      $2 == "real_time" { gsub(/[:, ]/, "", $3); if ($3 > 0) { printf "%s %.6g\n", name, $3; found = 1 } }
      END { exit !found }' ||
    { cat "$log" >&2; rm -f "$log"; fail "$bench measured nothing for $filter"; }
  rm -f "$log"
}

# Milliseconds of the peer's median step.
peer() {
  OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 taskset -c 0 "$python" bench/peers/torch_meta_step.py --simulator "$1" \
    --threads 1 --seconds "$seconds" | awk 'match($0, /"median_s": [-+.e0-9]+/) {
      print 1000 * substr($0, RSTART + 12, RLENGTH - 12); found = 1 } END { exit !found }' ||
    fail "the peer gave no time for $1"
}

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4g\n", a / b }'; }
# summary NUMBER...: median, least and largest.
summary() {
  printf '%s\n' "$@" | sort -g | awk '{ x[NR] = $1 }
    END { printf "%.4g %.4g %.4g\n", (NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2), x[1], x[NR] }'
}
list() { printf '%s\n' "$@" | awk '{ printf "%s%s", (NR > 1 ? ", " : ""), $1 }'; }
# summarized KEY NUMBER...: "KEY": [...], and the summary of them.
summarized() {
  local key=$1 median least most
  shift
  read -r median least most < <(summary "$@")
  printf '"%s": [%s], "%s_median": %s, "%s_range": [%s, %s]' "$key" "$(list "$@")" "$key" "$median" "$key" "$least" \
    "$most"
}

# pairs_of SIMULATOR: prints each pair; leaves its JSON in $json.
pairs_of() {
  local simulator=$1 i a b our_times=() peer_times=() ratios=() median least most
  printf '\n%s, one core: ours ms, PyTorch ms, times faster\n' "$simulator"
  for ((i = 1; i <= pairs; ++i)); do
    a=$(ours "^meta_step/$simulator/threads:1(/|\$)" taskset -c 0 | awk '{ print $2 }')
    b=$(peer "$simulator")
    our_times+=("$a") peer_times+=("$b") ratios+=("$(ratio "$b" "$a")")
    printf '  pair %d: %10.4g %10.4g %8s\n' "$i" "$a" "$b" "${ratios[-1]}"
  done
  read -r median least most < <(summary "${ratios[@]}")
  printf '  median %s, range %s to %s\n' "$median" "$least" "$most"
  json+=$(printf ',\n"%s": {"ours_ms": [%s], "torch_ms": [%s], %s}' "$simulator" "$(list "${our_times[@]}")" \
    "$(list "${peer_times[@]}")" "$(summarized ratio "${ratios[@]}")")
}

# What a second thread gains: each round measures all four in one run of the program.
second_thread() {
  local i times step roof steps=() roofs=() shares=() median least most
  if [[ $(nproc) -lt 2 ]]; then
    printf '\nOne processor only: what a second thread gains is left out.\n'
    return
  fi
  printf '\nA second thread: gain of meta_step/poisson, gain of multiply_add, their ratio\n'
  for ((i = 1; i <= pairs; ++i)); do
    times=$(ours '^(meta_step/poisson|multiply_add)/threads:[12](/|$)')
    step=$(gain meta_step/poisson "$times")
    roof=$(gain multiply_add "$times")
    steps+=("$step") roofs+=("$roof") shares+=("$(ratio "$step" "$roof")")
    printf '  round %d: %8s %8s %8s\n' "$i" "$step" "$roof" "${shares[-1]}"
  done
  read -r median least most < <(summary "${shares[@]}")
  printf '  median %s, range %s to %s\n' "$median" "$least" "$most"
  json+=$(printf ',\n"second_thread": {%s, %s, %s}' "$(summarized meta_step_gain "${steps[@]}")" \
    "$(summarized multiply_add_gain "${roofs[@]}")" "$(summarized share "${shares[@]}")")
}
# gain NAME TIMES: milliseconds of NAME/threads:1 over those of NAME/threads:2.
gain() {
  awk -v one="$1/threads:1" -v two="$1/threads:2" '$1 == one { a = $2 } $1 == two { b = $2 }
    END { if (!(a > 0 && b > 0)) exit 1; printf "%.4g\n", a / b }' <<<"$2" || fail "no times of $1 on 1 and 2 threads"
}

load=$(cut -d ' ' -f 1-3 /proc/loadavg)
processor=$(awk -F ': *' '/^model name/ { print $2; exit }' /proc/cpuinfo)
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
processor=${processor:-unknown processor}
printf 'load average before: %s\n%s, commit %s, PyTorch %s, %s\n' "$load" "$processor" "$commit" "$torch" "$blas"
json=$(printf '{"load_average": [%s], "processor": "%s", "commit": "%s", "torch": "%s", "blas": "%s", "pairs": %s,
"seconds": %s' "${load// /, }" "$processor" "$commit" "$torch" "$blas" "$pairs" "$seconds")
for simulator in "${simulators[@]}"; do pairs_of "$simulator"; done
second_thread
if [[ -n $out ]]; then
  printf '%s}\n' "$json" >"$out"
  printf '\nWritten to %s\n' "$out"
fi
