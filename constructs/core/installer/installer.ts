import type { Env, Mount } from '../../hosts/container';
import type { Hosts } from '../../hosts/hosts';
import { programPath } from '../../hosts/config';
import type { Instance } from '../../spec/instance';
import { asset } from '../../wire/assets';
import { paths } from '../../wire/names';
import { imagePath } from '../agent/env';
import { initProgram } from '../config/config';
import { homeMounts, stateMount } from '../storage';

const PROGRAM = 'install.mjs';

/** The package with ClawHub's own installer. */
const CLAWHUB = 'clawhub@0.23.3';

/** Something to be installed onto the data volume. */
export interface InstallEntry {
  readonly kind: 'npm' | 'clawhub' | 'plugin';
  /** `@owner/slug`, `@scope/package@1.2`, `npm:package`, `clawhub:package`. */
  readonly name: string;
  /** The workspace of a skill, relative to the agent's state. @default - none: it is no skill */
  readonly folder?: string;
  /** Links to programs of the package, made at each start. @default - none */
  readonly links?: readonly { readonly program: string; readonly at: string }[];
}

/** An init container that installs. */
export interface Installation {
  readonly owner: string;
  /** The name of the init container. */
  readonly container: string;
  /** The name of its emptyDir for /tmp. */
  readonly tmp: string;
  readonly entries: readonly InstallEntry[];
  /** @default - none */
  readonly mounts?: readonly Mount[];
}

/** What an installer may use: packages are unpacked and linked in memory. */
export const INSTALLER_RESOURCES = { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '1Gi' } };

/** As npm reads the names of variables: case, `_` and `-` are one. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/**
 * The environment of an init container that installs: the user's, for registries, proxies and tokens, and ours last. A variable of the user
 * that has the name of one of ours, in any spelling that npm takes for it, is left out.
 */
export function installerEnv({ spec }: Instance, ours: readonly Env[]): Env[] {
  const taken = new Set(ours.map(({ name }) => canonical(name)));
  return [...(spec.env ?? []).filter(({ name }) => !taken.has(canonical(name))), ...ours];
}

const ENV: readonly Env[] = [
  { name: 'HOME', value: '/tmp' },
  { name: 'PATH', value: imagePath },
  { name: 'XDG_CACHE_HOME', value: '/tmp/.cache' },
  { name: 'NPM_CONFIG_CACHE', value: `${paths.home}/.cache/npm` },
  { name: 'NPM_CONFIG_PREFIX', value: `${paths.home}/.local` },
  { name: 'NPM_CONFIG_IGNORE_SCRIPTS', value: 'true' },
  // Empty: the server leaves an empty text out.
  { name: 'NODE_OPTIONS' },
];

function planText(owner: string, entries: readonly InstallEntry[]): string {
  const plan = {
    volume: paths.state,
    prefix: `${paths.home}/.local`,
    name: owner,
    npm: '/usr/local/lib/node_modules/npm/bin/npm-cli.js',
    application: '/app/openclaw.mjs',
    clawhub: CLAWHUB,
    waits: [2000, 5000, 15_000, 30_000],
    entries,
  };
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/** Adds an init container that installs packages onto the data volume, on the agent's image, as the agent's user. */
export function addInstallation({ pod, config }: Hosts, instance: Instance, installation: Installation): void {
  const { owner, container, tmp, entries, mounts = [] } = installation;
  const { path, mount } = config.shareProgram(PROGRAM, asset(__dirname, PROGRAM));
  const plan = `${owner}-plan.json`;
  config.addFile(owner, plan, planText(owner, entries));
  pod.addVolume(owner, { name: tmp, emptyDir: {} });
  pod.addInitContainer(owner, {
    ...initProgram(instance, container, [paths.node, path, programPath(plan)]),
    env: installerEnv(instance, ENV),
    envFrom: instance.spec.envFrom,
    resources: INSTALLER_RESOURCES,
    volumeMounts: [stateMount(instance), ...homeMounts('.local', '.cache'), { name: tmp, mountPath: '/tmp' }, mount, ...mounts],
  });
}
