import type { Construct } from 'constructs';
import { initProgram } from '../../core/config/config';
import { INSTALLER_RESOURCES, addInstallation, installerEnv } from '../../core/installer/installer';
import { homeMounts } from '../../core/storage';
import type { Mount } from '../../hosts/container';
import type { Hosts } from '../../hosts/hosts';
import { type DraftSpec, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { asset } from '../../wire/assets';
import { inRegistry } from '../../wire/image';
import { containers, paths, volumes } from '../../wire/names';

/** The last release line of pnpm that is a program of node: the next one is made by a lifecycle script. */
const PNPM = 'pnpm@11.28.11';
const UV_IMAGE = 'ghcr.io/astral-sh/uv:0.6-bookworm-slim';
const PYTHON = '3.12';
const PROGRAM = 'install-python.sh';

/** Links to the programs, before all others on the agent's PATH. An init container fills it; the agent cannot write there. */
const TOOLS: Mount = { name: volumes.runtimeTools, mountPath: paths.runtimeTools };

function addPnpm(hosts: Hosts, instance: Instance): void {
  addInstallation(hosts, instance, {
    owner: 'pnpm',
    container: containers.initPnpm,
    tmp: volumes.pnpmTmp,
    // The package itself, not a shim of corepack: that one fetches pnpm when it is first run.
    entries: [{ kind: 'npm', name: PNPM, links: ['pnpm', 'pnpx'].map((program) => ({ program, at: `${paths.runtimeTools}/${program}` })) }],
    mounts: [TOOLS],
  });
}

function addPython({ pod, config }: Hosts, instance: Instance): void {
  const { path, mount } = config.addProgram('runtime-deps', PROGRAM, asset(__dirname, PROGRAM));
  const image = { image: inRegistry(UV_IMAGE, instance.spec.registry), imagePullPolicy: 'IfNotPresent' };
  pod.addVolume('runtime-deps', { name: volumes.pythonTmp, emptyDir: {} });
  pod.addInitContainer('runtime-deps', {
    ...initProgram(instance, containers.initPython, ['/bin/sh', path]),
    ...image,
    env: installerEnv(instance, [
      { name: 'HOME', value: '/tmp' },
      { name: 'PATH', value: '/usr/local/bin:/usr/bin:/bin' },
      { name: 'XDG_CACHE_HOME', value: '/tmp/.cache' },
      // What an installation puts on PATH by itself belongs to nobody.
      { name: 'UV_PYTHON_BIN_DIR', value: '/tmp/bin' },
      { name: 'PYTHON_VERSION', value: PYTHON },
      { name: 'PYTHON_FOLDER', value: `${paths.home}/.local/lib/openclaw-python` },
      { name: 'TOOLS', value: paths.runtimeTools },
    ]),
    envFrom: instance.spec.envFrom,
    resources: INSTALLER_RESOURCES,
    volumeMounts: [...homeMounts('.local'), { name: volumes.pythonTmp, mountPath: '/tmp' }, mount, TOOLS],
  });
  // The cache and the environments are two mounts of one volume, between which nothing can be linked.
  pod.addEnv('runtime-deps', { name: 'UV_LINK_MODE', value: 'copy' });
}

function bind(hosts: Hosts, instance: Instance): void {
  const { pnpm, python } = instance.spec.runtimeDeps;
  hosts.pod.addVolume('runtime-deps', { name: volumes.runtimeTools, emptyDir: {} });
  hosts.pod.addMount('runtime-deps', { ...TOOLS, readOnly: true });
  hosts.pod.addPath(paths.runtimeTools);
  if (pnpm) addPnpm(hosts, instance);
  if (python) addPython(hosts, instance);
}

export const runtimeDeps: Part = {
  name: 'runtime-deps',
  claims: ['runtimeDeps'],
  derive: (draft: DraftSpec) => {
    const wanted = (draft.runtimeDeps ??= {});
    wanted.pnpm ??= false;
    wanted.python ??= false;
  },
  isEnabled: ({ runtimeDeps: { pnpm, python } }) => pnpm || python,
  bind,
};

/** pnpm and Python with uv for what the agent runs, kept on the data volume. */
export class RuntimeDeps extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, runtimeDeps, props);
  }
}
