import type { Construct } from 'constructs';
import type { Env, Mount } from '../../hosts/container';
import type { Hosts } from '../../hosts/hosts';
import type { RoleRule } from '../../hosts/role';
import { type CheckInput, type DraftSpec, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Instance } from '../../spec/instance';
import type { GeneratedSecret, Reference } from '../../spec/reference';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { kinds } from '../../wire/kinds';
import { containers, objectNames, paths, volumes } from '../../wire/names';
import { hardened } from '../../wire/security-context';
import { checks } from './checks';
import { connectGateway } from './gateway-config';
import { type Identity, identityOf, usesSecret } from './identity';
import { serveConfig } from './serve-config';

const REPOSITORY = 'ghcr.io/tailscale/tailscale';
const PROGRAM = 'copy-cli.sh';
const SERVE_FILE = 'tailscale-serve.json';
const SERVE_FOLDER = '/etc/tailscale/serve';
const KEY_FOLDER = '/etc/tailscale/auth';

/**
 * A user of its own. Containers of the pod see each other's processes: as the agent's user the agent could read the API token and the auth key
 * through /proc, and tell the daemon what to do. Another user may only ask it.
 */
const USER = 65532;

/** Made empty: the sidecar keeps the identity of the device in it. */
const STATE: GeneratedSecret = { type: 'Opaque', keys: {} };

function environment({ name, spec: { tailscale } }: Instance, identity: Identity): Env[] {
  return [
    { name: 'TS_USERSPACE', value: 'true' },
    ...identity.env,
    { name: 'TS_SOCKET', value: `${paths.tailscaleSocket}/tailscaled.sock` },
    { name: 'TS_SERVE_CONFIG', value: `${SERVE_FOLDER}/${SERVE_FILE}` },
    { name: 'TS_HOSTNAME', value: tailscale.hostname ?? name },
    // A key is used up once; who is known needs none.
    { name: 'TS_AUTH_ONCE', value: 'true' },
    // By its file: the value would stand in the arguments of `tailscale up`, which every container of the pod sees.
    ...(tailscale.authKeySecretRef ? [{ name: 'TS_AUTHKEY', value: `file:${KEY_FOLDER}/authkey` }] : []),
  ];
}

function mounts({ spec: { tailscale } }: Instance): Mount[] {
  return [
    { name: volumes.tailscaleSocket, mountPath: paths.tailscaleSocket },
    // The folder, not the file: what changes in it is read while the sidecar runs.
    { name: volumes.tailscaleServe, mountPath: SERVE_FOLDER, readOnly: true },
    { name: volumes.tailscaleTmp, mountPath: '/tmp' },
    ...(tailscale.authKeySecretRef ? [{ name: volumes.tailscaleAuth, mountPath: KEY_FOLDER, readOnly: true }] : []),
  ];
}

function addVolumes({ pod }: Hosts, { name, spec: { tailscale } }: Instance): void {
  for (const volume of [volumes.tailscaleSocket, volumes.tailscaleBin, volumes.tailscaleTmp])
    pod.addVolume('tailscale', { name: volume, emptyDir: {} });
  const items = [{ key: SERVE_FILE, path: SERVE_FILE }];
  pod.addVolume('tailscale', { name: volumes.tailscaleServe, configMap: { name: objectNames.config(name), items } });
  if (tailscale.authKeySecretRef === undefined) return;
  pod.addVolume('tailscale', {
    name: volumes.tailscaleAuth,
    secret: {
      secretName: tailscale.authKeySecretRef.name,
      defaultMode: 0o444,
      items: [{ key: tailscale.authKeySecretKey, path: 'authkey' }],
    },
  });
}

/** The program that the application runs (`tailscale whois`), and the socket where that program looks without being told. */
function giveCli({ pod, config }: Hosts, image: string, { mounts: own, preparation }: Identity): void {
  const { path, mount } = config.addProgram('tailscale', `tailscale-${PROGRAM}`, asset(__dirname, PROGRAM));
  pod.addInitContainer('tailscale', {
    name: containers.initTailscaleBin,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', path],
    ...(preparation.length > 0 && { env: preparation }),
    securityContext: hardened(),
    volumeMounts: [{ name: volumes.tailscaleBin, mountPath: paths.tailscaleBin }, mount, ...own],
  });
  pod.addMount(
    'tailscale',
    { name: volumes.tailscaleSocket, mountPath: paths.tailscaleSocket, readOnly: true },
    { name: volumes.tailscaleBin, mountPath: paths.tailscaleBin, readOnly: true },
  );
  pod.addPath(paths.tailscaleBin);
  pod.addEnv('tailscale', { name: 'TS_SOCKET', value: `${paths.tailscaleSocket}/tailscaled.sock` });
}

/** So that the device keeps its name and certificates when the pod is replaced. */
/** The sidecar keeps its identity in a Secret of its own. */
const STATE_RIGHTS: RoleRule = { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'update', 'patch'] };

function keepIdentity({ pod, rbac }: Hosts, { name }: Instance, identity: Identity): void {
  if (identity.mounts.length > 0) pod.usePrivateFolder();
  if (!usesSecret(identity)) return;
  rbac.allow({ ...STATE_RIGHTS, resourceNames: [objectNames.tailscaleState(name)] });
  rbac.reachApiServer('tailscale', containers.tailscale);
}

function bind(hosts: Hosts, instance: Instance): void {
  const { tailscale, registry } = instance.spec;
  const image = imageReference(tailscale.image, registry);
  const identity = identityOf(hosts, instance);
  hosts.config.addFile('tailscale', SERVE_FILE, serveConfig(tailscale.mode), { rollsPod: false });
  giveCli(hosts, image, identity);
  hosts.pod.addContainer('tailscale', {
    name: containers.tailscale,
    image,
    imagePullPolicy: 'IfNotPresent',
    env: environment(instance, identity),
    resources: tailscale.resources,
    securityContext: hardened({ runAsUser: USER }),
    volumeMounts: [...mounts(instance), ...identity.mounts],
  });
  addVolumes(hosts, instance);
  keepIdentity(hosts, instance, identity);
  // STUN, and WireGuard from device to device. Without them everything goes through a relay, over HTTPS.
  hosts.network.allowEgress({ ports: [3478, 41641].map((port) => ({ port, protocol: 'UDP' })) });
  connectGateway(hosts.config, instance);
}

function* references({ name, spec: { tailscale } }: CheckInput): Iterable<Reference> {
  yield {
    kind: 'Secret',
    name: objectNames.tailscaleState(name),
    path: 'spec.tailscale',
    purpose: 'identity in the tailnet',
    keys: [],
    generate: STATE,
  };
  if (tailscale.authKeySecretRef === undefined) return;
  yield {
    kind: 'Secret',
    name: tailscale.authKeySecretRef.name,
    path: 'spec.tailscale.authKeySecretRef',
    purpose: 'Tailscale auth key',
    keys: [tailscale.authKeySecretKey],
    rollsPod: true,
  };
}

export const tailscale: Part = {
  name: 'tailscale',
  claims: ['tailscale'],
  emits: [kinds.secret],
  grants: [STATE_RIGHTS],
  managed: [{ field: 'tailscaleStateSecret', kind: kinds.secret, nameOf: ({ name }) => objectNames.tailscaleState(name) }],
  derive: (draft: DraftSpec) => {
    const image = ((draft.tailscale ??= {}).image ??= {});
    image.repository ??= REPOSITORY;
    if (image.digest === undefined) image.tag ??= 'latest';
  },
  isEnabled: (spec) => spec.tailscale.enabled,
  bind,
  checks,
  references,
};

/** A device of a tailnet in the pod, which serves the gateway. */
export class Tailscale extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, tailscale, props);
  }
}
