import type { GeneratedSecret, Reference } from '../../spec/reference';
import type { Hosts } from '../../hosts/hosts';
import type { Check, CheckInput, Part } from '../../part';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import { asset } from '../../wire/assets';
import { inRegistry } from '../../wire/image';
import { containers, objectNames, ports, volumes } from '../../wire/names';
import { hardened } from '../../wire/security-context';
import { kinds } from '../../wire/kinds';
import { headersTakenBy, identitySource, withIdentity } from './identity';
import { NGINX } from './nginx-image';

/** A token that nobody has to remember. */
const TOKEN: GeneratedSecret = { type: 'Opaque', keys: { token: { randomBytes: 32 } } };

/** The address that the proxy speaks from. In-pod callers come from 127.0.0.1 and keep their local rights. */
const PROXY_ADDRESS = '127.0.0.2';

/** The Secret that holds the gateway token, under key `token`. */
export function gatewayTokenSecret({ name, spec }: Pick<Instance, 'name' | 'spec'>): string {
  return spec.gateway.existingSecret ?? objectNames.gatewayToken(name);
}

/** How the user wants the gateway to authenticate, if `config` says so. */
function authMode(config: Instance['config']): unknown {
  const gateway = config['gateway'] as { auth?: { mode?: unknown } } | undefined;
  return gateway?.auth?.mode;
}

/** A proxy that authenticates users leaves no room for a token: the application refuses both together. */
function usesToken(config: Instance['config']): boolean {
  return authMode(config) !== 'trusted-proxy';
}

/** The Secrets that the gateway is given: that of its token, where it uses one. */
export function gatewayTokenSecrets(instance: Pick<Instance, 'name' | 'spec' | 'config'>): string[] {
  return usesToken(instance.config) ? [gatewayTokenSecret(instance)] : [];
}

/** Ports, and probes that answer only while the gateway itself is alive. */
export function probePort(spec: Instance['spec']): number {
  return spec.gateway.enabled ? ports.gatewayProxy : ports.gateway;
}

function* references(input: CheckInput): Iterable<Reference> {
  const { spec, config } = input;
  if (!usesToken(config)) return;
  const name = gatewayTokenSecret(input);
  yield {
    kind: 'Secret',
    name,
    path: 'spec.gateway.existingSecret',
    purpose: 'gateway token',
    keys: ['token'],
    rollsPod: true,
    ...(spec.gateway.existingSecret === undefined && { generate: TOKEN }),
  };
}

/** Without the proxy the gateway has to listen on the pod's address; a user's own `gateway.bind` can contradict that. */
const bindConflict: Check = function* ({ spec, config }) {
  const bind = (config['gateway'] as { bind?: unknown } | undefined)?.bind;
  if (bind === undefined) return;
  const wanted = spec.gateway.enabled ? 'loopback' : 'lan';
  if (spec.gateway.enabled ? bind !== 'loopback' : bind === 'loopback') {
    yield warning(
      spec.config.configMapRef ? 'spec.config.configMapRef' : 'spec.config.raw.gateway.bind',
      'gateway/bind',
      `gateway.bind is ${JSON.stringify(bind)} while gateway.enabled is ${spec.gateway.enabled}: remove it, or use "${wanted}", or clients will not reach the gateway as intended`,
    );
  }
};

/** Proxy, Service and probes know one port: at another one the gateway runs unseen, and the pod never gets ready. */
const movedPort: Check = function* ({ spec, config }) {
  const port = (config['gateway'] as { port?: unknown } | undefined)?.port;
  if (port === undefined || port === ports.gateway) return;
  yield warning(
    spec.config.configMapRef ? 'spec.config.configMapRef' : 'spec.config.raw.gateway.port',
    'gateway/port',
    `gateway.port is ${JSON.stringify(port)}, where nothing looks for the gateway: remove it; the port that clients see is set in networking.service.ports`,
  );
};

/**
 * In this mode the application believes whoever connects about who the user is. So the proxy of the pod takes the headers from all but those that
 * the user names; without the proxy there is nobody to do that.
 */
const trustedProxyMode: Check = function* ({ spec, config }) {
  if (usesToken(config)) return;
  const path = spec.config.configMapRef ? 'spec.config.configMapRef' : 'spec.config.raw.gateway.auth';
  const told = (message: string) => warning(path, 'gateway/trusted-proxy', `in mode trusted-proxy ${message}`);
  if (!spec.gateway.enabled) {
    yield told(
      'whoever reaches the gateway can claim to be any user: let only your proxy in (security.networkPolicy), or set gateway.enabled to true',
    );
    return;
  }
  const { headers, proxies } = identitySource(config);
  if (proxies.length === 0)
    yield told('nobody may say who a user is until the address of your proxy stands in gateway.trustedProxies: its headers are taken away');
  const taken = headersTakenBy(asset(__dirname, 'nginx.conf'));
  for (const header of headers.filter((one) => taken.has(one.toLowerCase())))
    yield told(`the header ${header} never gets through, whoever sends it: have your proxy use another one`);
  if (!allowsLoopback(config))
    yield told(
      'from release 2026.6 on set auth.trustedProxy.allowLoopback to true, since the proxy of the pod connects from a loopback address',
    );
};

/** Releases from 2026.6 on trust a proxy on a loopback address only when they are told to. */
function allowsLoopback(config: Instance['config']): boolean {
  const gateway = config['gateway'] as { auth?: { trustedProxy?: { allowLoopback?: unknown } } } | undefined;
  return gateway?.auth?.trustedProxy?.allowLoopback === true;
}

/** The gateway listens on the loopback interface; only the proxy can be reached from outside the pod. */
const unreachablePort: Check = function* ({ spec }) {
  if (!spec.gateway.enabled) return;
  for (const [index, { port, targetPort = port }] of (spec.networking.service.ports ?? []).entries()) {
    if (targetPort !== ports.gateway) continue;
    yield warning(
      `spec.networking.service.ports[${index}].targetPort`,
      'gateway/port',
      `is ${targetPort}, where the gateway listens inside the pod only: write ${ports.gatewayProxy}, the port of the proxy in front of it`,
    );
  }
};

function proxyContainer(registry: string | undefined) {
  return {
    name: containers.gatewayProxy,
    image: inRegistry(NGINX.image, registry),
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '/etc/gateway-proxy/start-proxy.sh'],
    ports: [
      { name: 'gw-proxy', containerPort: ports.gatewayProxy, protocol: 'TCP' },
      { name: 'canvas-proxy', containerPort: ports.canvasProxy, protocol: 'TCP' },
    ],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
    securityContext: hardened({ runAsUser: NGINX.user, runAsGroup: NGINX.user }),
    volumeMounts: [
      { name: volumes.gatewayProxyConfig, mountPath: '/etc/gateway-proxy', readOnly: true },
      { name: volumes.gatewayProxyTmp, mountPath: '/tmp' },
    ],
  };
}

function addProxy({ pod, config }: Hosts, { name, spec, dialect, config: base }: Instance): void {
  const files = ['nginx.conf', 'start-proxy.sh'];
  for (const file of files) {
    const text = asset(__dirname, file);
    config.addFile('gateway', file, file === 'nginx.conf' && !usesToken(base) ? withIdentity(text, identitySource(base)) : text);
  }
  const items = files.map((file) => ({ key: file, path: file }));
  pod.addVolume('gateway', { name: volumes.gatewayProxyConfig, configMap: { name: objectNames.config(name), items } });
  pod.addVolume('gateway', { name: volumes.gatewayProxyTmp, emptyDir: {} });
  pod.addContainer('gateway', proxyContainer(spec.registry));
  config.append(['gateway', 'trustedProxies'], [PROXY_ADDRESS], 'join');
  // Releases before 2026.8 do not start in mode trusted-proxy unless a loopback address of their own is trusted; this one stays unused.
  if (!usesToken(base) && dialect === 'before-2026.8') config.append(['gateway', 'trustedProxies'], ['::1'], 'join');
}

function addConfig({ config }: Hosts, { spec, config: base, dialect }: Instance): void {
  config.patch({
    gateway: {
      mode: 'local',
      port: ports.gateway,
      bind: spec.gateway.enabled ? 'loopback' : 'lan',
      ...(usesToken(base) && { auth: { mode: 'token' } }),
      // Releases before 2026.8 turn away browsers that come through a proxy unless this is set; later ones ignore it.
      ...(dialect === 'before-2026.8' && { controlUi: { dangerouslyDisableDeviceAuth: true } }),
    },
  });
  const origins = ['gateway', 'controlUi', 'allowedOrigins'];
  const local = ['localhost', '127.0.0.1'].map((host) => `http://${host}:${ports.gateway}`);
  config.append(origins, local, 'yield');
  config.append(origins, spec.gateway.controlUiOrigins ?? [], 'join');
}

function addPorts({ service }: Hosts, { gateway: { enabled } }: Instance['spec']): void {
  service.addPort('gateway', { name: 'gateway', port: ports.gateway, targetPort: enabled ? ports.gatewayProxy : ports.gateway });
  service.addPort('gateway', { name: 'canvas', port: ports.canvas, targetPort: enabled ? ports.canvasProxy : ports.gateway });
}

/** The gateway: token, proxy, Service ports, and its part of openclaw.json. */
export const gateway: Part = {
  name: 'gateway',
  claims: ['gateway'],
  emits: [kinds.secret],
  managed: [{ field: 'gatewayTokenSecret', kind: kinds.secret, nameOf: gatewayTokenSecret }],
  checks: [bindConflict, movedPort, unreachablePort, trustedProxyMode],
  references,
  bind: (hosts, instance) => {
    const { spec, config } = instance;
    addPorts(hosts, spec);
    if (spec.gateway.enabled) addProxy(hosts, instance);
    addConfig(hosts, instance);
    if (!usesToken(config)) return;
    hosts.pod.addEnv('gateway', {
      name: 'OPENCLAW_GATEWAY_TOKEN',
      valueFrom: { secretKeyRef: { name: gatewayTokenSecret(instance), key: 'token' } },
    });
  },
};
