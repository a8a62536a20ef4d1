#compdef openclaw-cdk8s kubectl-openclaw
# zsh completion for openclaw-cdk8s: the program tells what may come next, zsh itself completes files.
_openclaw_cdk8s() {
  local -a candidates
  candidates=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  candidates=(${candidates:#})
  if (( ${#candidates} )); then
    if [[ "${words[2]}" == explain ]]; then compadd -S '' -a candidates; else compadd -a candidates; fi
  else
    _files
  fi
}
compdef _openclaw_cdk8s openclaw-cdk8s kubectl-openclaw
