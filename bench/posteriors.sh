#!/usr/bin/env bash
# How good the posteriors are: trains configs/SIMULATOR.toml with several seeds, evaluates each machine on 2000 problems
# (sets of 500 observations, or as many as -n says), paired with the exact posterior where that is known, infers the real data where there are
# any, and writes everything as JSON. Not part of the tests: minutes for each training.
# usage: bench/posteriors.sh [-s "SEED ..."] [-p PROBLEMS] [-n OBSERVED] [-o DIR] [SIMULATOR ...]
set -Eeuo pipefail
cd "$(dirname "$0")/.."

seeds="1 2 3" problems=2000 size=500 out=build/posteriors alfi=${ALFI:-build/release/tools/alfi}
while getopts "s:p:n:o:" option; do
  case $option in
    s) seeds=$OPTARG ;;
    p) problems=$OPTARG ;;
    n) size=$OPTARG ;;
    o) out=$OPTARG ;;
    *) echo 'usage: bench/posteriors.sh [-s "SEED ..."] [-p PROBLEMS] [-n OBSERVED] [-o DIR] [SIMULATOR ...]' >&2 && exit 2 ;;
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

# Nothing for a simulator that makes one series or vector.
set_size_of() {
  case $1 in
    lotka_volterra | sir | predator_prey_jumps | sbibm/*) ;;
    *) echo --observed "$size" ;;
  esac
}

# one SIMULATOR SEED: trains, judges, and leaves DIR/SIMULATOR-SEED.json.
one() {
  local simulator=$1 seed=$2 dir=$out/${1//\//_}-$2 real observed
  real=$(observations_of "$simulator")
  read -ra observed <<<"$(set_size_of "$simulator")"
  printf '\n== %s, seed %s\n' "$simulator" "$seed"
  rm -rf "$dir"
  "$alfi" train "configs/$simulator.toml" --output "$dir" --seed "$seed" --quiet
  "$alfi" evaluate "$dir" --problems "$problems" "${observed[@]}" --seed 99 --json "$dir/evaluate.json"
  if [[ -n $real ]]; then "$alfi" infer "$dir" "$real" --json "$dir/infer.json"; fi
  {
    printf '{"simulator": "%s", "seed": %s,\n"train":\n' "$simulator" "$seed"
    cat "$dir/run.json"
    printf ',\n"evaluate":\n'
    cat "$dir/evaluate.json"
    if [[ -n $real ]]; then printf ',\n"infer":\n' && cat "$dir/infer.json"; fi
    printf '}\n'
  } >"$dir.json"
}

mkdir -p "$out"
for simulator in "${simulators[@]}"; do
  for seed in $seeds; do one "$simulator" "$seed"; done
done

# One array of all that lies there, earlier simulators' too.
{
  separator='['
  for file in "$out"/*-*.json; do
    printf '%s\n' "$separator"
    cat "$file"
    separator=,
  done
  printf ']\n'
} >"$out/all.json"
printf '\nAll of it: %s\n' "$out/all.json"
