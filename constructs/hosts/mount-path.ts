import { posix } from 'node:path';

/**
 * A path in a container as the kernel reads it: `/a//b/./c/../d/` is `/a/b/d`. For comparing; what the user wrote travels as it is.
 */
export function normalizedPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** Whether a mount at `path` hides what is mounted at `other`: it stands at the same place, or above it. */
export function hides(path: string, other: string): boolean {
  return path === other || path === '/' || other.startsWith(`${path}/`);
}
