#!/usr/bin/env bash
# Everything that must hold before a change is merged: formatting, shell scripts, the reference, a build with warnings as
# errors (where nvcc is found every .cu file for compute capability 8.0 and 9.0, register spills being errors too) and one
# without CUDA, its size, the library's tests, the GPU's code among them, under sanitizers, a build for 64-bit ARM and its
# first tests on an emulated one, and, last, all tests of the release build (each room as it is, with trapped
# floating-point exceptions, with flushed denormals, some under Valgrind; goldens on every level of the vector code; the
# command; the scripts; the examples; consumers by add_subdirectory and of an installed library, with and without CUDA, by
# GCC and Clang; many ranks by MPI). Builds in build/<preset>. About half an hour on two cores with nvcc.
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

# emulated PROGRAM: its test cases on an emulated 64-bit ARM processor, but for traps, which such processors need not have,
# and the GPU's code, which is no other there and takes long.
emulated() {
  qemu-aarch64 -L /usr/aarch64-linux-gnu "$1" --test-case-exclude='support: traps*,*GPU*'
}

begin "Installing what is missing"
bash tools/setup.sh check

begin "Format"
sources hpp cpp cu cuh h | xargs -0 clang-format --dry-run -Werror

begin "Scripts"
if command -v shellcheck >/dev/null; then
  shellcheck -x tools/*.sh tools/shell/alfi.bash bench/*.sh tests/bench/*.sh examples/slurm/*.sbatch .ci/run
else
  echo "check.sh: shellcheck not found: the scripts are not checked"
fi

begin "Reference, warnings as errors"
mkdir -p build
doxygen docs/Doxyfile

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
thread_sanitized build/tsan/tests/alfi_test_simulators
thread_sanitized build/tsan/tests/alfi_test_inference
thread_sanitized build/tsan/tests/alfi_test_bindings

if command -v aarch64-linux-gnu-g++ >/dev/null; then
  begin "64-bit ARM, by the cross compiler"
  cmake --preset aarch64 >/dev/null
  cmake --build --preset aarch64
  if command -v qemu-aarch64 >/dev/null; then
    for room in core kernels goldens; do emulated "build/aarch64/tests/alfi_test_$room"; done
  else
    echo "check.sh: qemu-aarch64 not found: compiled, not run"
  fi
else
  echo "check.sh: aarch64-linux-gnu-g++ not found: 64-bit ARM is not checked"
fi

begin "A build without CUDA and MPI holds none of them"
cmake --preset cpu >/dev/null
cmake --build --preset cpu
if nm -C build/cpu/tools/alfi | grep -E ' cuda[A-Z]| MPI_'; then
  echo "check.sh: build/cpu/tools/alfi holds the CUDA runtime, or calls MPI" >&2
  false
fi

begin "That library's size, and its consumers"
cmake -DLIBRARY=build/cpu/libalfi.a -DCOPY="$PWD/build/cpu/stripped.a" -DSTRIP=strip -DMOST=5000000 -P tests/embed/size.cmake
if grep -q '^CMAKE_CUDA_COMPILER:' build/release/CMakeCache.txt; then  # else the release build's tests have them
  compiler() { command -v "$1" || true; }
  cmake -DBUILD="$PWD/build/cpu" -DSOURCE="$PWD" -DBINARY="$PWD/build/cpu/installed" -DGENERATOR=Ninja \
    -DPKG_CONFIG="$(compiler pkg-config)" -DCC="$(compiler gcc)" -DCXX="$(compiler g++)" -DOTHER_CC="$(compiler clang)" \
    -DOTHER_CXX="$(compiler clang++)" -DFC="$(compiler gfortran)" -P tests/embed/installed.cmake
fi

begin "All tests of the release build"
ctest --preset release -j2
