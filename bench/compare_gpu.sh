#!/usr/bin/env bash
# Ours beside PyTorch on one GPU, in turn: the whole meta-step at the published sizes and at B 4096, K 20, M 20, T 15,
# N 20 (bench/peers/torch_meta_step.py: eager, CUDA graph, torch.compile), and a step of an LSTM of 4096 rows
# (bench/peers/torch_lstm.py: LSTMCell, and LSTM through cuDNN). Prints medians, ranges and ratios (above 1: ours is
# faster). Without PyTorch ours alone; a peer that fails or takes over two minutes is said and left out.
# usage: bench/compare_gpu.sh [-o FILE.json] [-s SECONDS] [-r ROUNDS] [-m "MODE ..."]
#   SECONDS: of each measurement (default 3). ROUNDS: default 3. MODES: default "eager graph compile".
#   ALFI_BENCH_GPU: our program (build/gpu/bench/alfi_bench_gpu). PYTHON: a Python that has torch (python3).
#   ALFI_COMMIT: what was measured, where there is no git to ask.
# Exit status: 0; 1 where one of our answers was wrong or missing; 2 for wrong use, or without our program, which
# tools/gpu_check.sh builds; 77 without a GPU.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "compare_gpu.sh: $*" >&2
  exit 2
}

out='' seconds=3 rounds=3 modes='eager graph compile'
bench=${ALFI_BENCH_GPU:-build/gpu/bench/alfi_bench_gpu} python=${PYTHON:-python3}
while getopts "o:s:r:m:" option; do
  case $option in
    o) out=$OPTARG ;;
    s) seconds=$OPTARG ;;
    r) rounds=$OPTARG ;;
    m) modes=$OPTARG ;;
    *) fail "usage: bench/compare_gpu.sh [-o FILE.json] [-s SECONDS] [-r ROUNDS] [-m \"MODE ...\"]" ;;
  esac
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "-r is $rounds, expected a whole number from 1"
[[ $seconds =~ ^[0-9]*\.?[0-9]+$ ]] || fail "-s is $seconds, expected seconds"
for mode in $modes; do
  [[ $mode =~ ^(eager|graph|compile)$ ]] || fail "-m has $mode, expected eager, graph or compile"
done
[[ -x $bench ]] || fail "no program $bench: build alfi_bench_gpu, or set ALFI_BENCH_GPU"
if [[ -n $out ]]; then : >"$out" || fail "cannot write $out"; fi

peer_seconds=120  # at most, of one run of a peer
times=$(mktemp)   # case, who, milliseconds
said=$(mktemp)    # what a program said that gave no time
wrong=0
torch=$("$python" -c 'import torch; print(torch.__version__ if torch.cuda.is_available() else "")' 2>/dev/null) || torch=''
smi() { nvidia-smi -i 0 --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -1 || true; }
commit=${ALFI_COMMIT:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)}
card=$(smi name) driver=$(smi driver_version) clocks_before=$(smi clocks.sm,clocks.mem)

quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"; }
record() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" | tee -a "$times" | awk -F '\t' '{ printf "  %-28s %-14s %10.4g ms\n", $1, $2, $3 }'; }
left_out() {
  printf '  %-28s %-14s %s\n' "$1" "$2" "left out: $3"
  record_left_out+=("{\"case\": $(quoted "$1"), \"who\": $(quoted "$2"), \"why\": $(quoted "$3")}")
}
record_left_out=()

# ours CASE BENCHMARK
ours() {
  local status=0 lines
  lines=$("$bench" --filter "^$2\$" --seconds "$seconds" 2>"$said") || status=$?
  if [[ $status -eq 77 ]]; then
    cat "$said" >&2
    exit 77
  fi
  if [[ $status -ne 0 ]]; then
    wrong=1
    left_out "$1" alfi "$(tail -1 "$said")"
    return
  fi
  record "$1" alfi "$(awk 'match($0, /"median_us": [-+.e0-9]+/) { print substr($0, RSTART + 13, RLENGTH - 13) / 1000 }' <<<"$lines")"
}

# peer SCRIPT ARGUMENT...: its JSON lines, nothing where it fails.
peer() { timeout --foreground "$peer_seconds" "$python" "bench/peers/$1" "${@:2}" --seconds "$seconds" 2>"$said"; }
milliseconds() { awk 'match($0, /"median_s": [-+.e0-9]+/) { print 1000 * substr($0, RSTART + 12, RLENGTH - 12) }'; }

# peer_step CASE WHO ARGUMENT...
peer_step() {
  local found
  found=$(peer torch_meta_step.py --simulator poisson --device cuda "${@:3}" | milliseconds) || true
  if [[ -n $found ]]; then
    record "$1" "$2" "$found"
  else
    left_out "$1" "$2" "$(grep . "$said" | tail -1 || true)"
  fi
}

# The published machine's layers, as bench/support/published.hpp has them.
paper=(--problems 32 --thetas 20 --observations 20 --observed 500 --iterations 5)
reference=(--problems 4096 --thetas 20 --observations 20 --observed 20 --iterations 15)

# meta_steps SIZE MODE...
meta_steps() {
  local size=$1 mode
  local -n arguments=$size
  shift
  for mode in "$@"; do peer_step "meta_step/$size/float" "torch $mode" "${arguments[@]}" --mode "$mode"; done
}

lstm_steps() {
  local state kind
  for state in 64 128 256; do ours "lstm_step/B:4096/H:$state/float" "lstm_step/B:4096/H:$state/float"; done
  [[ -n $torch ]] || return 0
  for kind in cell lstm; do
    peer torch_lstm.py --rows 4096 --state 64 128 256 --kind "$kind" | milliseconds >"$said.ms" || true
    if [[ ! -s $said.ms ]]; then left_out lstm_step "torch $kind" "$(grep . "$said" | tail -1 || true)"; fi
    paste <(printf '%s\n' 64 128 256) "$said.ms" | while read -r state found; do
      if [[ -n $found ]]; then record "lstm_step/B:4096/H:$state/float" "torch $kind" "$found"; fi
    done
  done
}

# shellcheck disable=SC2317 # called by finish()
# Medians, ranges, and how many times ours is faster; as a table, then as JSON members.
summarize() {
  sort -t $'\t' -k1,1 -k2,2 -k3,3g "$times" | awk -F '\t' -v form="$1" '
    function flush_group() {
      if (n == 0) return
      median = n % 2 ? x[(n + 1) / 2] : (x[n / 2] + x[n / 2 + 1]) / 2
      if (who == "alfi") ours[name] = median
      ratio = name in ours && who != "alfi" ? sprintf("%.4g", median / ours[name]) : ""
      if (form == "table") printf "  %-28s %-14s %10.4g  %10.4g to %-10.4g %s\n", name, who, median, x[1], x[n], ratio
      else printf "%s\n  {\"case\": \"%s\", \"who\": \"%s\", \"median_ms\": %.6g, \"range_ms\": [%.6g, %.6g], \"rounds\": %d%s}",
        (count++ ? "," : ""), name, who, median, x[1], x[n], n, (ratio == "" ? "" : ", \"ratio\": " ratio)
      n = 0
    }
    $1 != name || $2 != who { flush_group(); name = $1; who = $2 }
    { x[++n] = $3 }
    END { flush_group() }'
}

# shellcheck disable=SC2317 # called by the trap
finish() {
  local status=$?
  trap - EXIT
  if [[ $status -eq 77 && -n $out ]]; then rm -f "$out"; fi
  if [[ $status -ne 77 && -s $times ]]; then
    printf '\nmedian ms, range, times faster than the peer\n'
    summarize table
  fi
  if [[ -n $out && $status -ne 77 ]]; then
    {
      printf '{"card": %s, "driver": %s, "clocks_before": %s, "clocks_after": %s, "commit": %s, "date": %s, "torch": %s,\n' \
        "$(quoted "$card")" "$(quoted "$driver")" "$(quoted "$clocks_before")" "$(quoted "$(smi clocks.sm,clocks.mem)")" \
        "$(quoted "$commit")" "$(quoted "$(date -u +%FT%TZ)")" \
        "$(quoted "${torch:-none}")"
      printf '"seconds": %s, "rounds": %s, "complete": %s, "left_out": [%s],\n' "$seconds" "$rounds" "$complete" \
        "$(IFS=,; echo "${record_left_out[*]-}")"
      printf '"results": [%s]}\n' "$(summarize json)"
    } >"$out"
    printf '\nWritten to %s\n' "$out"
  fi
  rm -f "$times" "$said" "$said.ms"
  exit "$status"
}
complete=false
trap finish EXIT
trap 'exit 124' TERM INT

echo "${card:-no nvidia-smi}, driver ${driver:-unknown}, clocks ${clocks_before:-unknown}, PyTorch ${torch:-none: ours alone}"
early=$(tr ' ' '\n' <<<"$modes" | grep -vx compile | tr '\n' ' ' || true)
for ((round = 1; round <= rounds; ++round)); do
  printf '\nround %d\n' "$round"
  for size in paper reference; do
    ours "meta_step/$size/float" "meta_step/$size/float"
    # shellcheck disable=SC2086 # a list
    if [[ -n $torch ]]; then meta_steps "$size" $early; fi
    ours "meta_step/$size/tf32" "meta_step/$size/tf32"
    if [[ -n $torch && $modes == *graph* ]]; then
      case $size in
        paper) peer_step "meta_step/$size/tf32" "torch graph" "${paper[@]}" --mode graph --tf32 ;;
        *) peer_step "meta_step/$size/tf32" "torch graph" "${reference[@]}" --mode graph --tf32 ;;
      esac
    fi
  done
  lstm_steps
done
# Last, since it may take minutes or fail; its second run finds what the first has compiled.
if [[ -n $torch && $modes == *compile* ]]; then
  printf '\ntorch.compile\n'
  for size in reference paper; do meta_steps "$size" compile; done
fi
complete=true
exit "$wrong"
