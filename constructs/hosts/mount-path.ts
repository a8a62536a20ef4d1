/**
 * A path in a container as the kernel reads it: `/a//b/./c/../d/` is `/a/b/d`. For comparing; what the user wrote travels as it is.
 *
 * Not node's own: that one takes seconds for a long row of `../`.
 */
export function normalizedPath(path: string): string {
  const isAbsolute = path.startsWith('/');
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.length > 0 && steps.at(-1) !== '..') steps.pop();
    else if (!isAbsolute) steps.push(step);
  }
  return `${isAbsolute ? '/' : ''}${steps.join('/')}` || '.';
}

/** Whether a mount at `path` hides what is mounted at `other`: it stands at the same place, or above it. */
export function hides(path: string, other: string): boolean {
  return path === other || path === '/' || other.startsWith(`${path}/`);
}
