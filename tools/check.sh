#!/usr/bin/env bash
# Everything that must hold before a change is merged: formatting, a build with warnings as errors, the library's tests
# under sanitizers, every CUDA source compiled where nvcc is found, and, last, all tests of the release build (each
# room as it is, with trapped floating-point exceptions and with flushed denormals; goldens; the command; the examples;
# a consumer by add_subdirectory). Builds in build/<preset>. About 15 minutes on two cores.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

begin() {
  step=$1
  printf '\n== %s  [%d s]\n' "$step" "$SECONDS"
}
trap 'echo "check.sh: failed: $step" >&2' ERR

# sources EXTENSION...: our files with one of these endings.
sources() {
  local expression=()
  for extension in "$@"; do expression+=(-o -name "*.$extension"); done
  find . -type d \( -name 'build*' -o -name .git \) -prune -o -type f \( "${expression[@]:1}" \) -print0
}

# thread_sanitized PROGRAM: its test cases about threads. Address randomization is off where that is allowed, since
# ThreadSanitizer of GCC 12 cannot start under the randomization of newer kernels.
thread_sanitized() {
  local program=$1 run=()
  if setarch --addr-no-randomize true 2>/dev/null; then run=(setarch --addr-no-randomize); fi
  "${run[@]}" "$program" --test-case='*thread*' | tee build/tsan/output.txt
  if grep -q 'test cases: *0 ' build/tsan/output.txt; then
    echo "check.sh: $program has no test case about threads" >&2
    return 1
  fi
}

begin "Installing what is missing"
bash tools/setup.sh check

begin "Format"
sources hpp cpp cu cuh h | xargs -0 clang-format --dry-run -Werror

begin "Release build, warnings as errors"
cmake --preset release >/dev/null
cmake --build --preset release

begin "Library tests under AddressSanitizer and UndefinedBehaviorSanitizer"
cmake --preset asan >/dev/null
cmake --build --preset asan
ctest --preset asan -j2

begin "Threads under ThreadSanitizer"
cmake --preset tsan >/dev/null
cmake --build --preset tsan
thread_sanitized build/tsan/tests/alfi_test_core
thread_sanitized build/tsan/tests/alfi_test_inference

if command -v nvcc >/dev/null && [[ -n $(sources cu | tr -d '\0') ]]; then
  begin "Every CUDA source compiles"
  sources cu | xargs -0 -I{} nvcc -std=c++17 -I build/release/include -c {} -o /dev/null
fi

begin "All tests of the release build"
ctest --preset release -j2
