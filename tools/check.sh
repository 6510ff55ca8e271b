#!/usr/bin/env bash
# Everything that must hold before a change is merged: formatting, a build with warnings as errors (where nvcc is found
# every .cu file for compute capability 8.0 and 9.0, register spills being errors too) and one without CUDA, the library's
# tests, the GPU's code among them, under sanitizers, and, last, all tests of the release build (each room as it is, with
# trapped floating-point exceptions and with flushed denormals; goldens; the command; the examples; consumers by
# add_subdirectory and of an installed library). Builds in build/<preset>. About 20 minutes on two cores with nvcc.
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

if grep -q '^CMAKE_CUDA_COMPILER:' build/release/CMakeCache.txt; then
  begin "A build without CUDA holds none of it"
  cmake --preset cpu >/dev/null
  cmake --build --preset cpu
  if nm -C build/cpu/tools/alfi | grep -i ' cuda[A-Z]'; then
    echo "check.sh: build/cpu/tools/alfi holds the CUDA runtime" >&2
    false
  fi
fi

begin "All tests of the release build"
ctest --preset release -j2
