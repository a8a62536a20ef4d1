import { Construct } from 'constructs';
import type { ResolvedOpenClawInstanceSpec } from '../../../imports/types';
import { envSourceMistakes } from '../../core/values/env';
import { fractionalAmounts, fractionalBytes } from '../../core/values/resources';
import type { PodProgram } from '../../hosts/config';
import type { Env } from '../../hosts/container';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { containers, objectNames, ports, selectorLabels, volumes } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { envReferences } from '../../spec/pod-references';
import { hardened } from '../../wire/security-context';
import type { Hosts } from '../../hosts/hosts';
import { type Check, type CheckInput, type DraftSpec, type Part, PartConstruct, type PartConstructProps } from '../../part';
import type { Reference } from '../../spec/reference';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import { WireObject } from '../../wire/wire-object';
import { browserConfig } from './browser-config';
import { mergeFlags } from './flags';
import { kinds } from '../../wire/kinds';

const REPOSITORY = 'docker.io/chromedp/headless-shell';
const SCRIPT = 'start-headless-shell.sh';
const DATA = '/chromium-data';

/** The user that each known image was made for. */
const HEADLESS_SHELL_USER = 65534;
const BROWSERLESS_USER = 999;

type ResolvedChromium = ResolvedOpenClawInstanceSpec['chromium'];

function isHeadlessShell({ image }: { readonly image: { readonly repository?: string } }): boolean {
  return /(^|\/)chromedp\/headless-shell$/.test(image.repository ?? REPOSITORY);
}

function isBrowserless({ image }: ResolvedChromium): boolean {
  return /(^|\/)browserless\//.test(image.repository);
}

/** How the image is started: ours with a program that passes every flag on, any other one in its own way, told the port. */
function start(chromium: ResolvedChromium): { args?: string[]; env: Env[]; user: number | undefined } {
  const extra = chromium.extraArgs ?? [];
  if (isHeadlessShell(chromium)) {
    return {
      args: mergeFlags(chromium.persistence.enabled ? [`--user-data-dir=${DATA}`, ...extra] : extra),
      env: [
        { name: 'HOME', value: '/tmp' },
        { name: 'CDP_PORT', value: String(ports.cdp) },
      ],
      user: HEADLESS_SHELL_USER,
    };
  }
  return {
    env: [
      { name: 'PORT', value: String(ports.cdp) },
      ...(extra.length > 0 ? [{ name: 'DEFAULT_LAUNCH_ARGS', value: JSON.stringify(extra) }] : []),
    ],
    user: isBrowserless(chromium) ? BROWSERLESS_USER : undefined,
  };
}

/** @param program what starts the browser; another image starts itself */
function container({ chromium, registry }: ResolvedOpenClawInstanceSpec, program: PodProgram | undefined) {
  const { args, env, user } = start(chromium);
  const theirs = (chromium.extraEnv ?? []) as Env[];
  const names = new Set(theirs.map(({ name }) => name));
  return {
    name: containers.chromium,
    image: imageReference(chromium.image, registry),
    imagePullPolicy: 'IfNotPresent',
    // A native sidecar: up before the agent starts, so that its first call finds a browser.
    restartPolicy: 'Always',
    command: program && ['/bin/sh', program.path],
    args,
    env: [...env.filter(({ name }) => !names.has(name)), ...theirs],
    ports: [{ name: 'cdp', containerPort: ports.cdp, protocol: 'TCP' }],
    startupProbe: {
      httpGet: { path: '/json/version', port: ports.cdp },
      initialDelaySeconds: 1,
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 15,
    },
    resources: chromium.resources,
    // Browsers write beside their program; everything that matters is on volumes.
    securityContext: hardened({ ...(user !== undefined && { runAsUser: user, runAsGroup: user }), readOnlyRootFilesystem: false }),
    volumeMounts: [
      { name: volumes.chromiumTmp, mountPath: '/tmp' },
      { name: volumes.chromiumShm, mountPath: '/dev/shm' },
      { name: volumes.chromiumData, mountPath: DATA },
      ...(program ? [program.mount] : []),
    ],
  };
}

function addVolumes({ pod }: Hosts, { name, spec }: Instance): void {
  const { persistence } = spec.chromium;
  pod.addVolume('chromium', { name: volumes.chromiumTmp, emptyDir: {} });
  // Pages crash on the 64 MiB that a container has by default. Counts against the memory limit.
  pod.addVolume('chromium', { name: volumes.chromiumShm, emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } });
  const claimName = persistence.existingClaim ?? objectNames.chromiumData(name);
  const source = persistence.enabled ? { persistentVolumeClaim: { claimName } } : { emptyDir: {} };
  pod.addVolume('chromium', { name: volumes.chromiumData, ...source });
}

function bind(hosts: Hosts, instance: Instance): void {
  const { spec, dialect, config } = instance;
  const program = isHeadlessShell(spec.chromium) ? hosts.config.addProgram('chromium', SCRIPT, asset(__dirname, SCRIPT)) : undefined;
  hosts.pod.addInitContainer('chromium', container(spec, program));
  addVolumes(hosts, instance);
  hosts.service.addPort('chromium', { name: 'chromium', port: ports.cdp, targetPort: ports.cdp });
  hosts.network.allowPort({ port: ports.cdp, protocol: 'TCP' });
  const url = `http://127.0.0.1:${ports.cdp}`;
  hosts.pod.addEnv('chromium', { name: 'OPENCLAW_CHROMIUM_CDP', value: url });
  hosts.config.patch({ browser: browserConfig(url, dialect, config) });
}

function createClaim(scope: Construct, instance: Instance): void {
  const { size, storageClass } = instance.spec.chromium.persistence;
  new WireObject(scope, 'Data', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: objectMetadata(instance, objectNames.chromiumData(instance.name)),
    produce: () => ({
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } }, storageClassName: storageClass },
    }),
  });
}

function createService(scope: Construct, instance: Instance): void {
  new WireObject(scope, 'Cdp', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: objectMetadata(instance, objectNames.cdp(instance.name)),
    produce: () => ({
      spec: {
        clusterIP: 'None',
        // The browser is up before the agent is ready.
        publishNotReadyAddresses: true,
        selector: selectorLabels(instance.name),
        // A headless Service translates no ports: both numbers are the same.
        ports: [{ name: 'cdp', port: ports.cdp, targetPort: ports.cdp, protocol: 'TCP' }],
      },
    }),
  });
}

function create(scope: Construct, _hosts: Hosts, instance: Instance): void {
  const place = new Construct(scope, 'Chromium');
  const { enabled, existingClaim } = instance.spec.chromium.persistence;
  if (enabled && existingClaim === undefined) createClaim(place, instance);
  createService(place, instance);
}

/** Whether clients outside the cluster get to the debugging port, which asks for no password. */
function isExposed({ networking: { service }, security: { networkPolicy } }: ResolvedOpenClawInstanceSpec, hosts: Hosts): boolean {
  const isOpen = !networkPolicy.enabled || (networkPolicy.allowedIngressCIDRs ?? []).length > 0;
  const leadsThere = hosts.service.ports.some(({ targetPort }) => targetPort === ports.cdp);
  return service.type !== 'ClusterIP' && isOpen && leadsThere;
}

const findings: Check = function* ({ spec }, hosts) {
  const { chromium, networking, security } = spec;
  if (isExposed(spec, hosts)) {
    yield warning(
      networking.service.ports ? 'spec.networking.service.ports' : 'spec.networking.service.type',
      'chromium/exposed',
      `lets clients outside the cluster drive the browser, whose port ${ports.cdp} asks for no password: list networking.service.ports without it`,
    );
  }
  if (chromium.image.digest === undefined) {
    yield warning(
      'spec.chromium.image.digest',
      'chromium/unpinned',
      'the browser image is not pinned: set a digest, so that restarts run what was tested',
    );
  }
  if (security.caBundle) {
    yield warning(
      'spec.security.caBundle',
      'chromium/ca-bundle',
      'Chrome does not read a CA bundle: pages behind a private CA need an image that trusts it',
    );
  }
  if (chromium.extraArgs?.length && !isHeadlessShell(chromium)) {
    yield warning(
      'spec.chromium.extraArgs',
      'chromium/extra-args',
      `reach the image "${chromium.image.repository}" as DEFAULT_LAUNCH_ARGS only, which it may not read: use the default image`,
    );
  }
};

const values: Check = function* ({ spec }) {
  const { extraEnv, persistence, resources } = spec.chromium;
  yield* envSourceMistakes(extraEnv, 'spec.chromium.extraEnv');
  for (const kind of ['requests', 'limits'] as const) yield* fractionalAmounts(resources[kind], `spec.chromium.resources.${kind}`);
  if (persistence.enabled && persistence.existingClaim === undefined)
    yield* fractionalBytes(persistence.size, 'spec.chromium.persistence.size');
};

function* references({ spec }: CheckInput): Iterable<Reference> {
  const { persistence, extraEnv } = spec.chromium;
  yield* envReferences(extraEnv, 'spec.chromium.extraEnv');
  if (!persistence.enabled || persistence.existingClaim === undefined) return;
  yield {
    kind: 'PersistentVolumeClaim',
    name: persistence.existingClaim,
    path: 'spec.chromium.persistence.existingClaim',
    purpose: 'browser profile',
    keys: [],
  };
}

export const chromium: Part = {
  name: 'chromium',
  claims: ['chromium'],
  emits: [kinds.service, kinds.claim],
  managed: [{ field: 'chromiumPVC', kind: kinds.claim, nameOf: ({ name }) => objectNames.chromiumData(name) }],
  derive: (draft: DraftSpec) => {
    const image = ((draft.chromium ??= {}).image ??= {});
    image.repository ??= REPOSITORY;
    if (image.digest === undefined) image.tag ??= isHeadlessShell({ image }) ? 'stable' : 'latest';
  },
  isEnabled: (spec) => spec.chromium.enabled,
  bind,
  checks: [findings, values],
  references,
  create,
};

/** A browser that the agent drives over the Chrome DevTools Protocol. */
export class Chromium extends PartConstruct {
  public constructor(scope: Construct, id: string, props: PartConstructProps) {
    super(scope, id, chromium, props);
  }
}
