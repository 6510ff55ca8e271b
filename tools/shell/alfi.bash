# shellcheck shell=bash
# Bash completion of alfi; installed as share/bash-completion/completions/alfi. It reads --help, so that it cannot fall
# behind.

_alfi_subcommands() {
  "${COMP_WORDS[0]}" --help 2>/dev/null | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

_alfi_options() {
  "${COMP_WORDS[0]}" "$1" --help 2>/dev/null | grep -oE -- '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

_alfi() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} subcommand=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$(_alfi_subcommands) --help --version" -- "$word")
  elif [[ $before == --device ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'auto cpu cuda' -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_alfi_options "$subcommand")" -- "$word")
  else
    if [[ $subcommand == simulators || $subcommand == simulate && $COMP_CWORD == 2 ]]; then
      local names
      names=$("${COMP_WORDS[0]}" simulators 2>/dev/null | sed -nE '1d; s/^([a-z][a-z0-9_/]*)  .*/\1/p')
      mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word")
    fi
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
  fi
}

complete -o filenames -F _alfi alfi
