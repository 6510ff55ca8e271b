# Bash completion of alfi; installed as share/bash-completion/completions/alfi. Options are those that --help lists, so
# that they cannot fall behind.

_alfi_options() {
  "${COMP_WORDS[0]}" "$@" --help 2>/dev/null | grep -oE -- '^ +(-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+'
}

_alfi() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} subcommand=${COMP_WORDS[1]}
  local -a subcommands=(simulators simulate train infer evaluate report info)
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${subcommands[*]} --help --version" -- "$word")
    return
  fi
  case $before in
    --device) mapfile -t COMPREPLY < <(compgen -W 'auto cpu cuda' -- "$word") && return ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_alfi_options "$subcommand")" -- "$word")
  elif [[ $subcommand == simulate && $COMP_CWORD == 2 ]]; then
    local names
    names=$("${COMP_WORDS[0]}" simulators 2>/dev/null | sed -nE 's/^([a-z][a-z0-9_/]*): .*/\1/p')
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word" && compgen -f -- "$word")
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}

complete -F _alfi alfi
