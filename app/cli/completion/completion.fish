# fish completion for openclaw-cdk8s: the program tells what may come next, fish itself completes files.
function __openclaw_cdk8s_candidates
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete $words[2..-1] 2>/dev/null
end
for program in openclaw-cdk8s kubectl-openclaw
  complete -c $program -a '(__openclaw_cdk8s_candidates)'
end
