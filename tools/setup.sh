#!/usr/bin/env bash
# Installs the Debian packages that building (setup.sh build) or building and checking (setup.sh check, the default)
# needs and that are missing, by apt-get, with sudo where not root. Does nothing where all are there.
set -euo pipefail

build_packages=(g++ cmake ninja-build libcli11-dev libtomlplusplus-dev nlohmann-json3-dev)
check_packages=(gfortran pkg-config doctest-dev libbenchmark-dev clang-format binutils python3 shellcheck valgrind doxygen
  libnetcdf-dev libopenmpi-dev openmpi-bin libcpp-httplib-dev libhwy-dev)
if [[ $(uname -m) == x86_64 ]]; then check_packages+=(g++-aarch64-linux-gnu qemu-user); fi

case "${1:-check}" in
  build) wanted=("${build_packages[@]}") ;;
  check) wanted=("${build_packages[@]}" "${check_packages[@]}") ;;
  *)
    echo "usage: tools/setup.sh [build|check]" >&2
    exit 2
    ;;
esac

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "setup.sh: no apt-get here; assuming that these Debian packages, or what they hold, are installed: ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "setup.sh: missing: ${missing[*]}; run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get -q update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
