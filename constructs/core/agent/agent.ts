import type { Hosts } from '../../hosts/hosts';
import type { Check, DraftSpec, Part, CheckInput } from '../../part';
import type { Reference } from '../../spec/reference';
import { dialectOf, endingSeconds } from '../../spec/dialect';
import type { Instance } from '../../spec/instance';
import { overriddenReplicas } from '../../spec/override';
import { warning } from '../../spec/issue';
import { serviceAccountName } from '../access/access';
import type { OwnContainer } from '../../hosts/container';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { annotations, commonLabels, containers, objectNames, ports, selectorLabels } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { envFromReferences, envReferences } from '../../spec/pod-references';
import { unrestrictedAgent } from '../restricted';
import { agentValues } from '../values/checks';
import { hardened } from '../../wire/security-context';
import { WireObject } from '../../wire/wire-object';
import { agentVariables, mergeVariables, pathVariable, protectedVariables } from './env';
import { DISK_READINESS, agentProbes } from './probes';
import { podSurroundings } from '../../hosts/surroundings';
import { kinds } from '../../wire/kinds';

const REPOSITORY = 'ghcr.io/openclaw/openclaw';

/** The image of the agent. Init programs run on it too: it is on the node anyway, and brings node. */
export function agentImage({ image, registry }: Instance['spec']): string {
  return imageReference(image, registry);
}

function derive(draft: DraftSpec, stated: Readonly<Record<string, string>>): void {
  const image = (draft.image ??= {});
  image.repository ??= REPOSITORY;
  if (image.digest === undefined) image.tag ??= 'latest';
  image.pullPolicy ??= 'IfNotPresent';
  (draft.availability ??= {}).terminationGracePeriodSeconds ??= endingSeconds[dialectOf(stated[annotations.appVersion] ?? image.tag)];
}

const movingTag: Check = function* ({ spec }) {
  const { tag, digest } = spec.image;
  if (tag === 'latest' && digest === undefined) {
    yield warning('spec.image.tag', 'image/latest', 'is "latest", which moves under a running instance: pin a release tag or a digest');
  }
};

/** An update is a tag, and a digest goes before any tag. */
const pinnedUpdates: Check = function* ({ spec: { autoUpdate, image } }) {
  if (!autoUpdate.enabled || !image.digest) return;
  yield warning(
    'spec.autoUpdate.enabled',
    'auto-update/digest',
    'has no effect on an image that is pinned by digest: take spec.image.digest out, or this',
  );
};

const protectedEnv: Check = function* ({ spec }) {
  for (const [index, { name }] of (spec.env ?? []).entries()) {
    if (!protectedVariables.has(name)) continue;
    yield warning(
      `spec.env[${index}].name`,
      'env/protected',
      `${name} is set for every instance and your value is left out: remove the entry`,
    );
  }
};

/** References to Secrets and ConfigMaps in the agent's environment that Kubernetes would wait for. */
function* references({ spec }: CheckInput): Iterable<Reference> {
  yield* envFromReferences(spec.envFrom, 'spec.envFrom', 'environment of the agent');
  yield* envReferences(spec.env, 'spec.env');
  for (const [index, { name }] of (spec.image.pullSecrets ?? []).entries()) {
    if (name) yield { kind: 'Secret', name, path: `spec.image.pullSecrets[${index}]`, purpose: 'image pull', keys: ['.dockerconfigjson'] };
  }
}

function agentContainer(spec: Instance['spec'], hosts: Hosts): OwnContainer {
  const { env, mounts, path, onStart } = hosts.pod.additions;
  const { containerSecurityContext: own, podSecurityContext: pod } = spec.security;
  return {
    name: containers.agent,
    image: agentImage(spec),
    imagePullPolicy: spec.image.pullPolicy,
    env: mergeVariables([...agentVariables, pathVariable(path), ...env], spec.env ?? []),
    envFrom: spec.envFrom,
    ports: [{ name: 'gateway', containerPort: ports.gateway, protocol: 'TCP' }],
    resources: spec.resources,
    ...agentProbes(spec),
    ...(onStart && { lifecycle: { postStart: { exec: { command: onStart } } } }),
    securityContext: {
      ...hardened({ readOnlyRootFilesystem: own.readOnlyRootFilesystem, runAsNonRoot: own.runAsNonRoot ?? pod.runAsNonRoot }),
      allowPrivilegeEscalation: own.allowPrivilegeEscalation,
      capabilities: own.capabilities,
      ...(own.runAsUser !== undefined && { runAsUser: own.runAsUser }),
    },
    volumeMounts: [...mounts, ...(spec.extraVolumeMounts ?? [])],
  };
}

function podSpec({ spec, name }: Instance, hosts: Hosts): object {
  const account = serviceAccountName({ name, spec });
  return {
    ...podSurroundings(spec),
    ...hosts.pod.render(agentContainer(spec, hosts)),
    serviceAccountName: account,
    // Containers that need a token get one of their own.
    automountServiceAccountToken: false,
    topologySpreadConstraints: spec.availability.topologySpreadConstraints,
    shareProcessNamespace: spec.shareProcessNamespace,
    // A Service named openclaw-gateway would set OPENCLAW_GATEWAY_PORT, which the application reads.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: spec.availability.terminationGracePeriodSeconds,
  };
}

function statefulSetSpec(instance: Instance, hosts: Hosts): object {
  const { name, spec } = instance;
  return {
    ...hosts.workload.render(),
    revisionHistoryLimit: 10,
    serviceName: objectNames.service(name),
    // One broken pod must not stop the next revision from being rolled out.
    podManagementPolicy: 'Parallel',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    selector: { matchLabels: selectorLabels(name) },
    template: {
      metadata: {
        // Ours last: by them the Service and the NetworkPolicy find the pod.
        labels: { ...hosts.pod.labels, ...commonLabels(name) },
        annotations: { ...spec.podAnnotations, ...hosts.pod.annotations, [annotations.configHash]: hosts.config.hash() },
      },
      spec: podSpec(instance, hosts),
    },
  };
}

/** The agent: its container, and the StatefulSet around the pod. */
export const agent: Part = {
  name: 'agent',
  claims: [
    'image',
    'registry',
    'env',
    'envFrom',
    'resources',
    'probes',
    'suspended',
    // What a controller does with it is up to the controller; here it has no effect.
    'autoUpdate',
    'shareProcessNamespace',
    'podAnnotations',
    'security.podSecurityContext',
    'security.containerSecurityContext',
    'availability.nodeSelector',
    'availability.tolerations',
    'availability.affinity',
    'availability.topologySpreadConstraints',
    'availability.runtimeClassName',
    'availability.terminationGracePeriodSeconds',
  ],
  emits: [kinds.statefulSet],
  // What early releases of the reference operator made in its place.
  retired: [kinds.deployment],
  managed: [
    { field: 'statefulSet', kind: kinds.statefulSet, nameOf: ({ name }) => objectNames.statefulSet(name) },
    { field: 'deployment', kind: kinds.deployment, nameOf: ({ name }) => objectNames.statefulSet(name) },
  ],
  derive,
  checks: [movingTag, pinnedUpdates, protectedEnv, agentValues, unrestrictedAgent],
  references,
  bind: ({ config, workload }, { spec, overrides = [] }) => {
    const replicas = overriddenReplicas(overrides) ?? (spec.suspended ? 0 : undefined);
    if (replicas !== undefined) workload.fix(replicas);
    if (spec.probes.diskReadiness.enabled) config.addProgram('agent', DISK_READINESS, asset(__dirname, DISK_READINESS));
  },
  create: (scope, hosts, instance) => {
    new WireObject(scope, 'StatefulSet', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: objectMetadata(instance, objectNames.statefulSet(instance.name)),
      produce: () => ({ spec: statefulSetSpec(instance, hosts) }),
    });
  },
};
