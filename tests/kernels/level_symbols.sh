#!/usr/bin/env bash
# level_symbols.sh NAMESPACE OBJECT...: fails where an object that was compiled for a CPU level defines code that another
# object may be linked against (global or weak) outside of its own namespace. The linker keeps one copy of a weak
# function; were it this one, a program would meet instructions that its CPU does not have.
set -euo pipefail
space=$1
shift
all=$(nm --demangle --defined-only "$@")
if ! grep -q "alfi::v0::cpu::$space::" <<<"$all"; then
  echo "level_symbols: nothing of alfi::v0::cpu::$space in $*: is this the right object?" >&2
  exit 1
fi
strangers=$(sed -n 's/^[0-9a-f]* [TWi] //p' <<<"$all" | grep -v "alfi::v0::cpu::$space::" || true)
if [[ -n $strangers ]]; then
  printf 'level_symbols: code outside of alfi::v0::cpu::%s in objects of that level:\n%s\n' "$space" "$strangers" >&2
  exit 1
fi
