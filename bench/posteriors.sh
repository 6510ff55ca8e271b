#!/usr/bin/env bash
# How good the posteriors are: trains configs/SIMULATOR.toml with several seeds, evaluates each machine on 2000 problems
# (sets of 500 observations, or as many as -n says, of each number in turn), paired with the exact posterior where that is
# known, checks its calibration where -c says by how many problems, infers the real data where there are any, and writes
# everything as JSON, of which bench/posteriors_table.py makes a table. Not part of the tests: minutes for each training.
# usage: bench/posteriors.sh [-s "SEED ..."] [-p PROBLEMS] [-n "OBSERVED ..."] [-c PROBLEMS] [-o DIR] [SIMULATOR ...]
set -Eeuo pipefail
cd "$(dirname "$0")/.."

seeds="1 2 3" problems=2000 sizes=500 checked=0 out=build/posteriors alfi=${ALFI:-build/release/tools/alfi}
usage='usage: bench/posteriors.sh [-s "SEED ..."] [-p PROBLEMS] [-n "OBSERVED ..."] [-c PROBLEMS] [-o DIR] [SIMULATOR ...]'
while getopts "s:p:n:c:o:" option; do
  case $option in
    s) seeds=$OPTARG ;;
    p) problems=$OPTARG ;;
    n) sizes=$OPTARG ;;
    c) checked=$OPTARG ;;
    o) out=$OPTARG ;;
    *) echo "$usage" >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
simulators=("$@")
[[ -x $alfi ]] || { echo "posteriors.sh: no program $alfi: build it (preset release), or set ALFI" >&2 && exit 2; }
[[ ${#simulators[@]} -gt 0 ]] ||
  simulators=(poisson gaussian muon_asymmetry weinberg linear_regression multivariate)

observations_of() {
  case $1 in
    poisson) echo data/rutherford_geiger_1910.csv ;;
    muon_asymmetry) echo data/l3_muon_pairs.csv ;;
    lotka_volterra) echo data/lynx_hare_1900_1920.csv ;;
    sir) echo data/influenza_1978.csv ;;
  esac
}

makes_sets() {
  case $1 in
    lotka_volterra | sir | predator_prey_jumps | sbibm/*) return 1 ;;
  esac
}

# evaluated SIMULATOR DIR: what evaluate says of each size, a JSON array.
evaluated() {
  local separator='[' size given=("") observed # no size: one series or vector is observed
  if makes_sets "$1"; then read -ra given <<<"$sizes"; fi
  for size in "${given[@]}"; do
    observed=()
    if [[ -n $size ]]; then observed=(--observed "$size"); fi
    "$alfi" evaluate "$2" --problems "$problems" "${observed[@]}" --seed 99 --json "$2/evaluate.json" >&2
    echo "$separator"
    cat "$2/evaluate.json"
    separator=,
  done
  echo ']'
}

# one SIMULATOR SEED: trains, judges, and leaves DIR/SIMULATOR-SEED.json.
one() {
  local simulator=$1 seed=$2 dir=$out/${1//\//_}-$2 real status=0
  real=$(observations_of "$simulator")
  printf '\n== %s, seed %s\n' "$simulator" "$seed"
  rm -rf "$dir"
  "$alfi" train "configs/$simulator.toml" --output "$dir" --seed "$seed" --quiet
  evaluated "$simulator" "$dir" >"$dir/evaluated.json"
  if ((checked > 0)); then
    "$alfi" check "$dir" --problems "$checked" --seed 99 --json "$dir/check.json" || status=$?
    ((status <= 1)) || exit "$status" # 1: not calibrated
  fi
  if [[ -n $real ]]; then "$alfi" infer "$dir" "$real" --json "$dir/infer.json"; fi
  {
    printf '{"simulator": "%s", "seed": %s,\n"train":\n' "$simulator" "$seed"
    cat "$dir/run.json"
    printf ',\n"evaluate":\n'
    cat "$dir/evaluated.json"
    if ((checked > 0)); then printf ',\n"check":\n' && cat "$dir/check.json"; fi
    if [[ -n $real ]]; then printf ',\n"infer":\n' && cat "$dir/infer.json"; fi
    printf '}\n'
  } >"$dir.json"
}

mkdir -p "$out"
for simulator in "${simulators[@]}"; do
  for seed in $seeds; do one "$simulator" "$seed"; done
done

# One document of all that lies there, earlier simulators' too.
{
  printf '{"machine": "%s, %s processors",\n"date": "%s", "commit": "%s",\n"runs":\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(date -u +%F)" \
    "$(git describe --always --dirty 2>/dev/null || echo unknown)"
  separator='['
  for file in "$out"/*-*.json; do
    printf '%s\n' "$separator"
    cat "$file"
    separator=,
  done
  printf ']}\n'
} >"$out/all.json"
printf '\nAll of it: %s\n' "$out/all.json"
