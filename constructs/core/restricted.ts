import type { Container, Volume } from '../../imports/types';
import type { JsonObject } from '../spec/json';
import type { Check } from '../part';
import { type Issue, warning } from '../spec/issue';

/** Volume sources that the `restricted` Pod Security level lets in. */
const SOURCES = new Set(['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret']);

const CONSEQUENCE = 'a namespace that enforces the restricted Pod Security level refuses the pod';

function finding(path: string, what: string): Issue {
  return warning(path, 'pod-security/restricted', `${what}: ${CONSEQUENCE}`);
}

function* containerFindings({ securityContext = {}, ports = [] }: Container, path: string): Iterable<Issue> {
  const context = `${path}.securityContext`;
  const { capabilities, seccompProfile } = securityContext;
  if (securityContext.allowPrivilegeEscalation !== false) yield finding(`${context}.allowPrivilegeEscalation`, 'is not false');
  if (!capabilities?.drop?.includes('ALL')) yield finding(`${context}.capabilities.drop`, 'does not name ALL');
  if (capabilities?.add?.some((name) => name !== 'NET_BIND_SERVICE'))
    yield finding(`${context}.capabilities.add`, 'adds more than NET_BIND_SERVICE');
  if (securityContext.privileged) yield finding(`${context}.privileged`, 'is true');
  if (securityContext.runAsNonRoot === false) yield finding(`${context}.runAsNonRoot`, 'is false');
  if (securityContext.runAsUser === 0) yield finding(`${context}.runAsUser`, 'is 0');
  if (seccompProfile?.type === 'Unconfined') yield finding(`${context}.seccompProfile.type`, 'is Unconfined');
  if (securityContext.procMount === 'Unmasked') yield finding(`${context}.procMount`, 'is Unmasked');
  for (const [index, { hostPort }] of ports.entries()) {
    if (hostPort) yield finding(`${path}.ports[${index}].hostPort`, 'opens a port of the node');
  }
}

function* volumeFindings(volume: Volume, path: string): Iterable<Issue> {
  const source = Object.keys(volume).find((field) => field !== 'name' && !SOURCES.has(field));
  if (source !== undefined) yield finding(`${path}.${source}`, 'is a source that it does not know');
}

/** Fragments of users are never touched; one that a `restricted` namespace refuses is named. */
export const unrestrictedFragments: Check = function* ({ spec }) {
  for (const list of ['initContainers', 'sidecars'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) yield* containerFindings(container, `spec.${list}[${index}]`);
  }
  for (const list of ['sidecarVolumes', 'extraVolumes'] as const) {
    for (const [index, volume] of (spec[list] ?? []).entries()) yield* volumeFindings(volume, `spec.${list}[${index}]`);
  }
};

/** The rights that a user gives the agent beyond `restricted`, or takes from its protection. */
export const unrestrictedAgent: Check = function* ({ spec: { security } }) {
  const { podSecurityContext: pod, containerSecurityContext: own } = security;
  const drop = (own.capabilities as JsonObject | undefined)?.['drop'] as readonly string[] | undefined;
  const add = (own.capabilities as JsonObject | undefined)?.['add'] as readonly string[] | undefined;
  const [podPath, ownPath] = ['spec.security.podSecurityContext', 'spec.security.containerSecurityContext'];
  if (!pod.runAsNonRoot) yield finding(`${podPath}.runAsNonRoot`, 'is false');
  if (own.runAsNonRoot === false) yield finding(`${ownPath}.runAsNonRoot`, 'is false');
  if (own.allowPrivilegeEscalation) yield finding(`${ownPath}.allowPrivilegeEscalation`, 'is true');
  if (!drop?.includes('ALL')) yield finding(`${ownPath}.capabilities.drop`, 'does not name ALL');
  if (add?.some((name) => name !== 'NET_BIND_SERVICE')) yield finding(`${ownPath}.capabilities.add`, 'adds more than NET_BIND_SERVICE');
  if (!own.readOnlyRootFilesystem) {
    yield warning(
      `${ownPath}.readOnlyRootFilesystem`,
      'agent/writable-root',
      'is false: what the agent writes outside of its volumes is lost at a restart, and it can change its own program',
    );
  }
};
