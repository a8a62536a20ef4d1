# bash completion for openclaw-cdk8s: the program tells what may come next, bash itself completes files.
_openclaw_cdk8s() {
  local candidates
  COMPREPLY=()
  candidates=$("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [ -n "$candidates" ]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done <<<"$candidates"
    # A path of fields goes on after it.
    if [ "${COMP_WORDS[1]}" = explain ]; then compopt -o nospace 2>/dev/null; fi
  else
    compopt -o default 2>/dev/null
  fi
}
complete -F _openclaw_cdk8s openclaw-cdk8s kubectl-openclaw
