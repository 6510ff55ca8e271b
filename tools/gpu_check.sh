#!/usr/bin/env bash
# Everything that needs a GPU, in one go and under ten minutes: builds for the card that is there, runs the tests on it
# (tests/device/), again under compute-sanitizer at small sizes, whole trainings by the alfi command, whose machines are
# judged, the benchmarks, and the comparison with PyTorch. A stage that fails or takes too long does not end the others.
# usage: tools/gpu_check.sh [-b DIR] [-o DIR] [-t SECONDS] [-m MODES]
#   -b: a build directory made elsewhere for such a card, taken as it is. Else the build is in build/gpu, and another run
#   goes on with it where the first was too slow.
#   -o: where gpu_check.json and the logs go (build/gpu). SECONDS: for all of it (570; what is more goes to the build).
#   -m: PyTorch's modes, as for bench/compare_gpu.sh ("eager graph compile"; the last takes a minute more).
#   ALFI_HEADERS: a folder with headers of what is not installed: nlohmann/json.hpp and doctest/doctest.h, without which no
#     test is built; with the first, CLI/CLI.hpp and toml++/toml.h for the command (all are header-only; copy them from a
#     machine that has them). ALFI_COMMIT: what is checked, where there is no git to ask. PYTHON: a Python that has torch.
# Needs nvcc, CMake, Ninja or make, and a C++ compiler. Exit status: 0 where every stage passed; 1; 77 without a GPU.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

build=build/gpu
out=$build
seconds=570
made=''
modes='eager graph compile'
while getopts "b:o:t:m:" option; do
  case $option in
    b) made=$OPTARG ;;
    o) out=$OPTARG ;;
    t) seconds=$OPTARG ;;
    m) modes=$OPTARG ;;
    *) echo "usage: tools/gpu_check.sh [-b DIR] [-o DIR] [-t SECONDS] [-m MODES]" >&2 && exit 2 ;;
  esac
done
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "gpu_check.sh: -t is $seconds, expected seconds" >&2 && exit 2; }

without_gpu() {
  echo "gpu_check.sh: nothing was checked: $*" >&2
  exit 77
}
command -v nvidia-smi >/dev/null || without_gpu "no nvidia-smi, so no NVIDIA driver, on this machine"
smi() { nvidia-smi -i 0 --query-gpu="$1" --format=csv,noheader 2>/dev/null | head -1 || true; }
card=$(smi name) capability=$(smi compute_cap) driver=$(smi driver_version)
[[ $capability =~ ^[0-9]+\.[0-9]+$ ]] || without_gpu "nvidia-smi sees no GPU: $(nvidia-smi 2>&1 | head -1 || true)"

PATH=$PATH:/usr/local/cuda/bin
commit=${ALFI_COMMIT:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)}
export ALFI_COMMIT=$commit
mkdir -p "$build" "$out"
out=$(cd "$out" && pwd)
trained=(poisson weinberg lotka_volterra)
rm -f "$out"/gpu_check.json "$out"/{build,device,memcheck,racecheck,initcheck,bench,compare}.log
for name in "${trained[@]}"; do rm -f "$out/$name"{,_judged}.log; done
work=$(mktemp -d)  # what programs leave
echo "$card, compute capability $capability, driver $driver, commit $commit; logs in $out"

quoted() { printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"; }
stages=()
all_passed=true
# stage NAME LIMIT COMMAND...: its output to NAME.log (configure's to build.log); what is left of the time ends it, too.
stage() {
  local name=$1 limit=$2 status=0 start=$SECONDS verdict=passed
  local log=$out/${name/configure/build}.log
  shift 2
  if ((limit > seconds - SECONDS)); then limit=$((seconds - SECONDS)); fi
  if ((limit < 1)); then
    not_run "$name" "no time was left"
    return 1
  fi
  printf '%-10s ' "$name"
  timeout -k 5 "$limit" "$@" >>"$log" 2>&1 || status=$?
  if ((status == 124 || status == 137)); then verdict="stopped after $limit s"; elif ((status != 0)); then verdict=failed; fi
  printf '%s, %d s\n' "$verdict" $((SECONDS - start))
  stages+=("{\"name\": $(quoted "$name"), \"status\": $(quoted "$verdict"), \"exit_status\": $status, \"seconds\": $((SECONDS - start))}")
  if ((status == 0)); then return 0; fi
  all_passed=false
  tail -n 5 "$log" | sed 's/^/           /'
  return 1
}
# A stage that could not be tried has not passed.
not_run() {
  printf '%-10s not run: %s\n' "$1" "$2"
  stages+=("{\"name\": $(quoted "$1"), \"status\": \"not run\", \"why\": $(quoted "$2")}")
  all_passed=false
}

# shellcheck disable=SC2317 # called by the trap
write_json() {
  local list
  {
    printf '{"card": %s, "compute_capability": %s, "driver": %s, "clocks": %s, "commit": %s, "date": %s, "seconds": %d,\n' \
      "$(quoted "$card")" "$(quoted "$capability")" "$(quoted "$driver")" "$(quoted "$(smi clocks.sm,clocks.mem)")" \
      "$(quoted "$commit")" "$(quoted "$(date -u +%FT%TZ)")" "$SECONDS"
    printf '"nvcc": %s, "passed": %s,\n' "$(quoted "$(nvcc --version 2>/dev/null | grep release || true)")" "$all_passed"
    list=$(printf '  %s,\n' "${stages[@]-}")
    printf '"stages": [\n%s],\n' "${list%,}"
    list=''
    for name in "${trained[@]}"; do
      [[ -s $work/$name.json ]] || continue
      list+=$(printf '  "%s": {"run": %s, "evaluate": %s},\n ' "$name" "$(cat "$work/$name/run.json")" "$(cat "$work/$name.json")")
    done
    printf '"trainings": {\n%s},\n' "${list%,*}"
    # Lines of JSON as the benchmarks print them, and the comparison's own object.
    printf '"benchmarks": [\n%s],\n' "$(grep '^{' "$out/bench.log" 2>/dev/null | sed '$!s/$/,/' || true)"
    printf '"comparison": %s}\n' "$(grep . "$work/compare.json" 2>/dev/null || echo null)"
  } >"$out/gpu_check.json"
  echo "written: $out/gpu_check.json"
  rm -rf "$work"
}
trap write_json EXIT

# package NAME HEADER TARGET: options for CMake to find it where ALFI_HEADERS has it. The compiler gets the folder itself.
packages=()
after=()
if [[ -n ${ALFI_HEADERS-} ]]; then
  after=(-idirafter "$(cd "$ALFI_HEADERS" && pwd)")
  packages=("-DCMAKE_CXX_FLAGS=${after[*]}")
fi
package() {
  [[ -n ${ALFI_HEADERS-} && -e $ALFI_HEADERS/$2 ]] || return 0
  local folder=$PWD/$build/packages/$1
  mkdir -p "$folder"
  printf 'if(NOT TARGET %s)\n  add_library(%s INTERFACE IMPORTED)\nendif()\n' "$3" "$3" >"$folder/$1Config.cmake"
  packages+=("-D$1_DIR=$folder")
}
package doctest doctest/doctest.h doctest::doctest
package nlohmann_json nlohmann/json.hpp nlohmann_json::nlohmann_json
package CLI11 CLI/CLI.hpp CLI11::CLI11
package tomlplusplus toml++/toml.h tomlplusplus::tomlplusplus

# has HEADER...: whether all are here.
has() {
  local header
  for header in "$@"; do
    echo "#include <$header>" | "${CXX:-c++}" -E -x c++ "${after[@]}" - >/dev/null 2>&1 || return 1
  done
}
tests=OFF command=OFF
if [[ -n $made ]]; then
  build=$made
  if [[ -x $build/tests/device/alfi_test_device ]]; then tests=ON; fi
  if [[ -x $build/tools/alfi ]]; then command=ON; fi
else
  if has doctest/doctest.h nlohmann/json.hpp; then tests=ON; fi
  if has CLI/CLI.hpp toml++/toml.h nlohmann/json.hpp; then command=ON; fi
  targets=(alfi_bench_gpu)
  if [[ $tests == ON ]]; then targets+=(alfi_test_device); fi
  if [[ $command == ON ]]; then targets+=(alfi_program); fi
  generator=(-G Ninja)
  command -v ninja >/dev/null || generator=()
  stage configure 40 cmake -S . -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DALFI_STRICT=OFF \
    -DALFI_CUDA=ON -DCMAKE_CUDA_ARCHITECTURES="${capability/./}-real" -DALFI_TESTS="$tests" -DALFI_TOOLS="$command" \
    -DALFI_BENCH=ON "${packages[@]}" || exit 1
  stage build "$((seconds - 330))" cmake --build "$build" --parallel "$(nproc)" --target "${targets[@]}" || exit 1
fi

device=$build/tests/device/alfi_test_device
sanitizer=$(command -v compute-sanitizer || true)
# sanitized TOOL LIMIT [OPTION...]
sanitized() {
  if [[ $tests == OFF ]]; then
    not_run "$1" "no test was built"
  elif [[ -z $sanitizer ]]; then
    not_run "$1" "no compute-sanitizer"
  else
    stage "$1" "$2" env ALFI_REQUIRE_GPU=1 ALFI_TEST_SMALL=1 "$sanitizer" --tool "$1" --error-exitcode 9 "${@:3}" \
      "$device" --test-case='sizes:*,training: as good*,simulators: a GPU*' || true
  fi
}

if [[ $tests == ON ]]; then
  stage device 90 env ALFI_REQUIRE_GPU=1 "$device" || true
else
  not_run device "doctest or nlohmann/json is missing: see ALFI_HEADERS"
fi
# judged SIMULATOR SECONDS [OPTION...]: trains its configuration in that time, evaluates the machine on 1000 problems.
judged() {
  if [[ $command == OFF ]]; then
    not_run "$1" "CLI11, toml++ or nlohmann/json is missing: see ALFI_HEADERS"
    return 0
  fi
  rm -rf "${work:?}/$1"
  stage "$1" "$2" "$build/tools/alfi" train "configs/$1.toml" --device cuda --output "$work/$1" --quiet || return 0
  stage "$1_judged" 60 "$build/tools/alfi" evaluate "$work/$1" --device cuda --problems 1000 "${@:3}" --seed 99 \
    --json "$work/$1.json" || return 0
}

sanitized memcheck 45
sanitized racecheck 60
sanitized initcheck 40
judged poisson 60 --observed 500
judged weinberg 60 --observed 500
stage bench 75 "$build/bench/alfi_bench_gpu" --seconds 0.2 || true
stage compare 240 env ALFI_BENCH_GPU="$build/bench/alfi_bench_gpu" bench/compare_gpu.sh -o "$work/compare.json" -s 1 -r 1 \
  -m "$modes" || true
judged lotka_volterra 150 --refine 0
[[ $all_passed == true ]]
