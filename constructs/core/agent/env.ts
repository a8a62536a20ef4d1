import type { Env } from '../../hosts/container';
import { paths } from '../../wire/names';

/** Variables that the instance depends on. A user's entry of the same name is left out, with a warning. */
export const protectedVariables = new Set(['HOME', 'XDG_CACHE_HOME', 'OPENCLAW_STATE_DIR', 'OPENCLAW_CONFIG_PATH', 'OPENCLAW_HOME']);

/** What every agent gets. A user's variable of the same name wins, but for the protected ones. */
export const agentVariables: readonly Env[] = [
  // The image's own HOME is elsewhere; the data volume is here.
  { name: 'HOME', value: paths.home },
  // From 2026.8.1 on the application does not start without a writable cache.
  { name: 'XDG_CACHE_HOME', value: `${paths.home}/.cache` },
  // There is no multicast in a cluster.
  { name: 'OPENCLAW_DISABLE_BONJOUR', value: '1' },
  // Restart in place: an early release would leave the container with a detached child instead.
  { name: 'OPENCLAW_NO_RESPAWN', value: '1' },
  // The application's own 3 seconds are short on a busy node.
  { name: 'OPENCLAW_GATEWAY_HANDSHAKE_TIMEOUT_MS', value: '10000' },
  { name: 'NPM_CONFIG_PREFIX', value: `${paths.home}/.local` },
  { name: 'NPM_CONFIG_CACHE', value: `${paths.home}/.cache/npm` },
  { name: 'PIP_USER', value: '1' },
];

const IMAGE_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** PATH of the image, for containers that run its programs. */
export const imagePath = IMAGE_PATH.join(':');

/**
 * PATH, always set. First folders that only root can write, then those on the claim: a program that the agent installs never runs in place of
 * one of the image.
 */
export function pathVariable(folders: readonly string[]): Env {
  return { name: 'PATH', value: [...folders, ...IMAGE_PATH, `${paths.home}/.local/bin`].join(':') };
}

/**
 * One list without doubled names: ours first, then the user's. A name that both have stands where the user has it, unless it is protected.
 * Kubernetes takes the last of two and server-side apply refuses them, so doubles are never rendered.
 */
export function mergeVariables(ours: readonly Env[], theirs: readonly Env[]): Env[] {
  const kept = theirs.filter(({ name }) => !protectedVariables.has(name));
  const names = new Set(kept.map(({ name }) => name));
  return [...ours.filter(({ name }) => !names.has(name)), ...kept];
}
