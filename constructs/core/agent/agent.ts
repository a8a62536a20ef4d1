import type { Hosts } from '../../hosts/hosts';
import type { DraftSpec, Part, Rule, RuleInput } from '../../part';
import type { Reference } from '../../spec/reference';
import { dialectOf, endingSeconds } from '../../spec/dialect';
import type { Instance } from '../../spec/instance';
import { warning } from '../../spec/issue';
import { serviceAccountName } from '../access';
import type { OwnContainer } from '../../hosts/pod';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { annotations, commonLabels, containers, objectNames, ports, selectorLabels } from '../../wire/names';
import { objectMetadata } from '../../wire/object-metadata';
import { envFromReferences, envReferences } from '../../spec/pod-references';
import { unrestrictedAgent } from '../restricted';
import { hardened } from '../../wire/security-context';
import { WireObject } from '../../wire/wire-object';
import { agentVariables, mergeVariables, pathVariable, protectedVariables } from './env';
import { agentProbes } from './probes';

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

const movingTag: Rule = function* ({ spec }) {
  const { tag, digest } = spec.image;
  if (tag === 'latest' && digest === undefined) {
    yield warning('spec.image.tag', 'image/latest', 'is "latest", which moves under a running instance: pin a release tag or a digest');
  }
};

const protectedEnv: Rule = function* ({ spec }) {
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
function* references({ spec }: RuleInput): Iterable<Reference> {
  yield* envFromReferences(spec.envFrom, 'spec.envFrom', 'environment of the agent');
  yield* envReferences(spec.env, 'spec.env');
  for (const [index, { name }] of (spec.image.pullSecrets ?? []).entries()) {
    if (name) yield { kind: 'Secret', name, path: `spec.image.pullSecrets[${index}]`, purpose: 'image pull', keys: ['.dockerconfigjson'] };
  }
}

function agentContainer(spec: Instance['spec'], hosts: Hosts): OwnContainer {
  const { env, mounts, path, onStart } = hosts.pod.agent;
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

/** Pods of an instance: none while it is suspended. Whoever scales an instance asks here. */
export function replicas({ suspended }: Instance['spec']): number {
  return suspended ? 0 : 1;
}

function podSpec({ spec, name }: Instance, hosts: Hosts): object {
  const { availability, security } = spec;
  const account = serviceAccountName({ name, spec });
  return {
    ...hosts.pod.render(agentContainer(spec, hosts)),
    serviceAccountName: account,
    automountServiceAccountToken: hosts.rbac.automountToken,
    securityContext: { ...security.podSecurityContext, seccompProfile: { type: 'RuntimeDefault' } },
    imagePullSecrets: spec.image.pullSecrets,
    nodeSelector: availability.nodeSelector,
    tolerations: availability.tolerations,
    affinity: availability.affinity,
    topologySpreadConstraints: availability.topologySpreadConstraints,
    runtimeClassName: availability.runtimeClassName,
    shareProcessNamespace: spec.shareProcessNamespace,
    // A Service named openclaw-gateway would set OPENCLAW_GATEWAY_PORT, which the application reads.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: availability.terminationGracePeriodSeconds,
  };
}

function statefulSetSpec(instance: Instance, hosts: Hosts): object {
  const { name, spec } = instance;
  return {
    replicas: replicas(spec),
    revisionHistoryLimit: 10,
    serviceName: objectNames.service(name),
    // One broken pod must not stop the next revision from being rolled out.
    podManagementPolicy: 'Parallel',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    selector: { matchLabels: selectorLabels(name) },
    template: {
      metadata: {
        labels: commonLabels(name),
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
  derive,
  rules: [movingTag, protectedEnv, unrestrictedAgent],
  references,
  create: (scope, hosts, instance) => {
    if (instance.spec.probes.diskReadiness.enabled) {
      hosts.config.addFile('agent', 'disk-readiness.sh', asset(__dirname, 'disk-readiness.sh'));
    }
    return new WireObject(scope, 'StatefulSet', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: objectMetadata(instance, objectNames.statefulSet(instance.name)),
      produce: () => ({ spec: statefulSetSpec(instance, hosts) }),
    });
  },
};
