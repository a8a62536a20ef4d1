import type { Construct } from 'constructs';
import { NGINX } from '../../core/gateway/nginx-image';
import { stateMount } from '../../core/storage';
import { fractionalAmounts } from '../../core/values/resources';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type CheckInput, type DraftSpec, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import type { Reference } from '../../spec/reference';
import { asset } from '../../wire/assets';
import { imageReference, inRegistry } from '../../wire/image';
import { containers, objectNames, paths, ports, volumes } from '../../wire/names';
import { hardened } from '../../wire/security-context';

const REPOSITORY = 'docker.io/tsl0922/ttyd';
const FILES = { 'nginx.conf': 'web-terminal-nginx.conf', 'start-terminal-proxy.sh': 'web-terminal-start-proxy.sh' } as const;
const PROXY_FOLDER = '/etc/web-terminal/proxy';
const CREDENTIAL_FOLDER = '/etc/web-terminal/credential';

/** ttyd takes no keys unless it is told to. Other sites may not open its websocket in a browser that knows the password. */
function command({ readOnly, credential }: Instance['spec']['webTerminal']): string[] {
  const listen = credential
    ? ['--interface', '127.0.0.1', '--port', String(ports.webTerminalBehindProxy)]
    : ['--port', String(ports.webTerminal)];
  return ['ttyd', ...listen, '--check-origin', ...(readOnly ? [] : ['--writable']), 'sh'];
}

const PORTS = [{ name: 'web-terminal', containerPort: ports.webTerminal, protocol: 'TCP' }];

function terminal(instance: Instance) {
  const { webTerminal, registry, security } = instance.spec;
  // The agent's user, so that both may touch the same files.
  const { runAsUser } = security.containerSecurityContext;
  return {
    name: containers.webTerminal,
    image: imageReference(webTerminal.image, registry),
    imagePullPolicy: 'IfNotPresent',
    command: command(webTerminal),
    workingDir: paths.state,
    env: [{ name: 'HOME', value: paths.home }],
    ...(webTerminal.credential === undefined && { ports: PORTS }),
    resources: webTerminal.resources,
    securityContext: hardened({ ...(runAsUser !== undefined && { runAsUser }) }),
    volumeMounts: [
      { ...stateMount(instance), ...(webTerminal.readOnly && { readOnly: true }) },
      { name: volumes.webTerminalTmp, mountPath: '/tmp' },
    ],
  };
}

function proxy(registry: string | undefined) {
  return {
    name: containers.webTerminalProxy,
    image: inRegistry(NGINX.image, registry),
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', `${PROXY_FOLDER}/start-terminal-proxy.sh`],
    ports: PORTS,
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    // Not the agent's user: it could read the password through /proc.
    securityContext: hardened({ runAsUser: NGINX.user, runAsGroup: NGINX.user }),
    volumeMounts: [
      { name: volumes.webTerminalProxyConfig, mountPath: PROXY_FOLDER, readOnly: true },
      { name: volumes.webTerminalCredential, mountPath: CREDENTIAL_FOLDER, readOnly: true },
      { name: volumes.webTerminalProxyTmp, mountPath: '/tmp' },
    ],
  };
}

function addProxy({ pod, config }: Hosts, { name, spec }: Instance, secretName: string): void {
  for (const [file, key] of Object.entries(FILES)) config.addFile('web-terminal', key, asset(__dirname, file));
  const items = Object.entries(FILES).map(([path, key]) => ({ key, path }));
  pod.addVolume('web-terminal', { name: volumes.webTerminalProxyConfig, configMap: { name: objectNames.config(name), items } });
  const keys = ['username', 'password'].map((key) => ({ key, path: key }));
  pod.addVolume('web-terminal', { name: volumes.webTerminalCredential, secret: { secretName, defaultMode: 0o444, items: keys } });
  // In memory, since the file of users is in it.
  pod.addVolume('web-terminal', { name: volumes.webTerminalProxyTmp, emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } });
  pod.addContainer('web-terminal', proxy(spec.registry));
}

function bind(hosts: Hosts, instance: Instance): void {
  const { credential } = instance.spec.webTerminal;
  hosts.pod.addVolume('web-terminal', { name: volumes.webTerminalTmp, emptyDir: {} });
  hosts.pod.addContainer('web-terminal', terminal(instance));
  if (credential) addProxy(hosts, instance, credential.secretRef.name);
  hosts.service.addPort('web-terminal', { name: 'web-terminal', port: ports.webTerminal, targetPort: ports.webTerminal });
}

const findings: Check = function* ({ spec: { webTerminal } }) {
  if (webTerminal.image.digest === undefined) {
    yield warning(
      'spec.webTerminal.image.digest',
      'web-terminal/unpinned',
      'the image of the web terminal is not pinned: set a digest, so that restarts run what was tested',
    );
  }
  if (webTerminal.credential === undefined) {
    const who = webTerminal.readOnly ? 'looks at what the terminal shows' : 'has a shell with the data of the agent';
    yield warning(
      'spec.webTerminal.credential',
      'web-terminal/open',
      `without a password everybody who reaches port ${ports.webTerminal} ${who}: name a Secret with the keys username and password`,
    );
  }
  for (const kind of ['requests', 'limits'] as const)
    yield* fractionalAmounts(webTerminal.resources[kind], `spec.webTerminal.resources.${kind}`);
};

function* references({ spec: { webTerminal } }: CheckInput): Iterable<Reference> {
  if (webTerminal.credential === undefined) return;
  yield {
    kind: 'Secret',
    name: webTerminal.credential.secretRef.name,
    path: 'spec.webTerminal.credential.secretRef',
    purpose: 'password of the web terminal',
    keys: ['username', 'password'],
    rollsPod: true,
  };
}

export const webTerminal: Part = {
  name: 'web-terminal',
  claims: ['webTerminal'],
  derive: (draft: DraftSpec) => {
    const image = ((draft.webTerminal ??= {}).image ??= {});
    image.repository ??= REPOSITORY;
    if (image.digest === undefined) image.tag ??= 'latest';
  },
  isEnabled: (spec) => spec.webTerminal.enabled,
  bind,
  checks: [findings],
  references,
};

/** A terminal in the browser, in the pod of the agent. */
export class WebTerminal extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, webTerminal, props);
  }
}
