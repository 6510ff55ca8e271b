#!/usr/bin/env bash
# From a bare Debian machine to an answer: installs what is missing, builds the library and the alfi command, trains a
# machine for Poisson counts (shortened), and infers the rate of the counts of Rutherford and Geiger (1910); the last
# table holds the answer beside the exact one. Everything goes to build/quickstart. It may be run again.
set -euo pipefail
cd "$(dirname "$0")/.."

steps=1000 # of the 2000 in configs/poisson.toml, for half a minute on two cores: the mean is right, the sd a third too wide
alfi=build/quickstart/tools/alfi
model=build/quickstart/poisson

begin() {
  step=$1
  printf '\n== %s\n' "$step"
}
trap 'echo "quickstart.sh: failed: $step" >&2' ERR

begin "Installing what is missing"
bash tools/setup.sh build

begin "Building the library and the alfi command"
# Without the GPU backend, whose kernels take minutes to compile: this one needs no GPU.
cmake -S . -B build/quickstart -G Ninja -DCMAKE_BUILD_TYPE=Release -DALFI_TESTS=OFF -DALFI_BENCH=OFF -DALFI_CUDA=OFF \
  >/dev/null
cmake --build build/quickstart

begin "Training a machine for Poisson counts ($steps steps)"
rm -rf "$model" # an earlier run's
"$alfi" train configs/poisson.toml --set train.steps="$steps" --output "$model"

begin "Inferring the rate behind the 2608 counts of Rutherford and Geiger (1910)"
"$alfi" infer "$model" data/rutherford_geiger_1910.csv
