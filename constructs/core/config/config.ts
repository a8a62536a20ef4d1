import type { Check, CheckInput, Part } from '../../part';
import type { Reference } from '../../spec/reference';
import type { Instance } from '../../spec/instance';
import { programPath } from '../../hosts/config';
import { isSince } from '../../spec/dialect';
import { error, stopping, warning } from '../../spec/issue';
import { isObject } from '../../spec/json';
import { WireObject } from '../../wire/wire-object';
import { agentImage } from '../agent/agent';
import { asset } from '../../wire/assets';
import { annotations, containers, objectNames, paths, volumes } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { hardened } from '../../wire/security-context';
import { preparedVolume, wholeVolumeMount } from '../storage';
import { kinds } from '../../wire/kinds';
import { MAX_CONFIG_MAP_BYTES, dataBytes } from '../values/config-map';

const PLAN = 'config-plan.json';

function* references({ spec }: CheckInput): Iterable<Reference> {
  const { configMapRef } = spec.config;
  if (configMapRef === undefined) return;
  const { name, key } = configMapRef;
  yield { kind: 'ConfigMap', name, path: 'spec.config.configMapRef', purpose: 'openclaw.json', keys: [key] };
}

/** No release reads a root `mcpServers`, and one unknown key stops every release. */
const rootMcpServers: Check = function* ({ config, spec }) {
  if (!Object.hasOwn(config, 'mcpServers')) return;
  const path = spec.config.configMapRef ? 'spec.config.configMapRef' : 'spec.config.raw.mcpServers';
  yield stopping(
    path,
    'config/mcp-servers',
    'a root mcpServers is refused by every release of OpenClaw and stops it: write mcp.servers instead (2026.4 or later)',
  );
};

/** Keys that releases from a month of 2026 on refuse to start with: all others that they gave up they move by themselves. Measured. */
const GIVEN_UP = [
  { month: 8, steps: ['canvasHost'], remedy: 'write plugins.entries.canvas.config.host' },
  { month: 5, steps: ['browser', 'ssrfPolicy', 'allowPrivateNetwork'], remedy: 'write browser.ssrfPolicy.dangerouslyAllowPrivateNetwork' },
] as const;

const givenUp: Check = function* ({ annotations: stated, config, spec }) {
  const release = stated[annotations.appVersion] ?? spec.image.tag;
  for (const { month, steps, remedy } of GIVEN_UP) {
    if (!isSince(release, 2026, month) || !isThere(config, steps)) continue;
    const path = spec.config.configMapRef ? 'spec.config.configMapRef' : `spec.config.raw.${steps.join('.')}`;
    yield stopping(path, 'config/given-up', `${steps.join('.')} stops releases from 2026.${month} on: ${remedy} instead`);
  }
};

function isThere(value: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  return isObject(value) && Object.hasOwn(value, step) && isThere(value[step], rest);
}

/** The two are alternatives. */
const rawBesideReference: Check = function* ({ spec }) {
  const { configMapRef, raw } = spec.config;
  if (configMapRef === undefined || raw === undefined) return;
  yield warning('spec.config.raw', 'config/raw-unused', 'is left out, since config.configMapRef is the document: remove one of the two');
};

/** openclaw.json as it is printed, with the files beside it. */
const tooLarge: Check = function* ({ spec }, hosts) {
  // Nearly always so, and cheaper than to print it.
  if (hosts.config.mostBytes() <= MAX_CONFIG_MAP_BYTES) return;
  const bytes = dataBytes(hosts.config.data());
  if (bytes <= MAX_CONFIG_MAP_BYTES) return;
  yield error(
    spec.config.configMapRef ? 'spec.config.configMapRef' : 'spec.config.raw',
    'config/too-large',
    `openclaw.json and the files beside it take ${bytes} bytes, and one ConfigMap holds ${MAX_CONFIG_MAP_BYTES}: move long texts into files of the workspace`,
  );
};

function plan({ spec }: Instance): string {
  const { mergeMode, forcePaths } = spec.config;
  return `${JSON.stringify(
    {
      source: `${paths.operatorConfig}/openclaw.json`,
      target: paths.configFile,
      mode: mergeMode,
      forcePaths: forcePaths ?? [],
      application: '/app',
    },
    null,
    2,
  )}\n`;
}

/** What an init container of ours that runs a small program on the agent's image looks like. */
export function initProgram({ spec }: Instance, name: string, command: readonly string[]) {
  const { podSecurityContext: pod, containerSecurityContext: own } = spec.security;
  return {
    name,
    image: agentImage(spec),
    imagePullPolicy: spec.image.pullPolicy,
    command,
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
    // The agent's own user: what a program makes on the volume has to belong to it.
    securityContext: hardened({
      runAsNonRoot: own.runAsNonRoot ?? pod.runAsNonRoot,
      ...(own.runAsUser !== undefined && { runAsUser: own.runAsUser }),
    }),
  };
}

function logging(spec: Instance['spec']): object {
  const { level, format } = spec.observability.logging;
  return { level, consoleLevel: level, consoleStyle: format === 'json' ? 'json' : 'pretty' };
}

/** openclaw.json: the ConfigMap, and its way onto the data volume. */
export const config: Part = {
  name: 'config',
  claims: ['config', 'observability.logging'],
  emits: [kinds.configMap],
  managed: [{ field: 'configMap', kind: kinds.configMap, nameOf: ({ name }) => objectNames.config(name) }],
  needs: ({ spec }) => {
    const name: unknown = spec?.config?.configMapRef?.name;
    return typeof name === 'string' && name !== '' ? [{ kind: 'configMap', name }] : [];
  },
  checks: [rootMcpServers, givenUp, rawBesideReference, tooLarge],
  references,
  bind: (hosts, instance) => {
    hosts.config.patch({ logging: logging(instance.spec) });
    const { path, mount } = hosts.config.addProgram('config', 'install-config.mjs', asset(__dirname, 'install-config.mjs'));
    hosts.config.addFile('config', PLAN, plan(instance));
    hosts.pod.addVolume('config', { name: volumes.config, configMap: { name: objectNames.config(instance.name) } });
    hosts.pod.addMount('config', mount);
    // Both the init container and the post-start hook run this.
    const program = [path, programPath(PLAN)];
    hosts.pod.onStart([paths.node, ...program]);
    hosts.pod.addInitContainer('config', {
      ...initProgram(instance, containers.initConfig, preparedVolume(program)),
      volumeMounts: [wholeVolumeMount(instance), mount],
    });
  },
  create: (scope, hosts, instance) => {
    new WireObject(scope, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: objectMetadata(instance, objectNames.config(instance.name)),
      produce: () => ({ data: hosts.config.data() }),
    });
  },
};
