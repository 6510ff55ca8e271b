#!/usr/bin/env bash
# run_case.sh SCRIPT CASE ALFI SOURCE: runs case_CASE of SCRIPT in a directory of its own, which is removed afterwards.
# A case fails where any command of it fails that it does not expect to.
set -Eeuo pipefail
script=$1 case=$2 alfi=$3 source=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'echo "case $case: failed at line $LINENO of ${BASH_SOURCE[0]}: $BASH_COMMAND" >&2' ERR
cd "$scratch"

# expect STATUS PATTERN COMMAND...: the command ends with this status and its standard error holds the pattern
# (extended regular expression; "": it says nothing at all). Standard output goes to the file out.
expect() {
  local wanted=$1 pattern=$2 got=0
  shift 2
  "$@" >out 2>err || got=$?
  if [[ $got != "$wanted" ]]; then
    echo "$*: exit status $got, expected $wanted; it said:" >&2
    cat err >&2
    return 1
  fi
  if [[ -z $pattern && -s err ]] || { [[ -n $pattern ]] && ! grep -Eq -- "$pattern" err; }; then
    echo "$*: expected on standard error: $pattern; got:" >&2
    cat err >&2
    return 1
  fi
}

# has FILE PATTERN
has() {
  if ! grep -Eq -- "$2" "$1"; then
    echo "$1: expected $2; got:" >&2
    head -c 2000 "$1" >&2
    return 1
  fi
}

# A training of a fraction of a second: tiny.toml.
tiny_configuration() {
  cat >tiny.toml <<'END'
[simulator]
name = "poisson"
[problem]
observed_min = 5
observed_max = 20
[network]
encoder = [8, 8, 4]
aggregator = [8, 8, 4]
machine = [8, 8]
state = 8
summaries = 4
[train]
steps = 12
problems = 8
thetas = 6
observations = 4
iterations = 2
validation_problems = 8
checkpoint_every = 4
END
}

# A trained model in the directory model.
tiny_model() {
  tiny_configuration
  "$alfi" train tiny.toml --output model --quiet
}

# shellcheck source=/dev/null
source "$script"
"case_$case"
