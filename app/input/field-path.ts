/** The steps of a field path as issues write it: `spec.env[2].name`, `spec.nodeSelector[a.b/c]`. */
export function pathSteps(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const [, bracket, name] of path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (bracket === undefined) steps.push(name ?? '');
    else steps.push(/^\d+$/.test(bracket) ? Number(bracket) : bracket);
  }
  return steps;
}
