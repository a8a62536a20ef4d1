import type { Volume } from '../../imports/types';
import { isObject } from '../spec/json';
import type { Check } from '../part';
import { type Issue, warning } from '../spec/issue';
import { appArmorAnnotation, containerControls, restrictedVolumes } from './pod-security';

function finding(path: string, what: string, level: 'baseline' | 'restricted' = 'restricted'): Issue {
  const levels = level === 'baseline' ? 'baseline or restricted' : level;
  return warning(path, 'pod-security/restricted', `${what}: a namespace that enforces the ${levels} Pod Security level refuses the pod`);
}

/** A value in a container, and its path. */
interface Found {
  readonly path: string;
  readonly value: unknown;
}

/** What stands at a field such as `ports[].hostPort`. A field that is not there is found as `undefined`, entries of no list are not found. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[], path: string): Found[] {
  if (step === undefined) return [{ path, value }];
  const name = step.replace('[]', '');
  const place = path === '' ? name : `${path}.${name}`;
  const child = isObject(value) ? value[name] : undefined;
  if (!step.endsWith('[]')) return valuesAt(child, rest, place);
  return Array.isArray(child) ? child.flatMap((entry, index) => valuesAt(entry, rest, `${place}[${index}]`)) : [];
}

/** The controls with their fields in steps. */
const CONTROLS = containerControls.map((control) => ({ ...control, steps: control.fields.map((field) => field.split('.')) }));

/** Whether every value at a field is allowed. Asked of each container, and nearly always so: no path is made for it. */
function isAllowed(value: unknown, steps: readonly string[], at: number, allows: (value: unknown) => boolean): boolean {
  const step = steps[at];
  if (step === undefined) return allows(value);
  const isList = step.endsWith('[]');
  const child = isObject(value) ? value[isList ? step.slice(0, -2) : step] : undefined;
  if (!isList) return isAllowed(child, steps, at + 1, allows);
  return !Array.isArray(child) || child.every((entry) => isAllowed(entry, steps, at + 1, allows));
}

/** @param pathOf the path of a field that stands below the container */
function* controlFindings(container: object, pathOf: (field: string) => string): Iterable<Issue> {
  for (const { steps: fields, allows, says, level } of CONTROLS) {
    for (const steps of fields) {
      if (isAllowed(container, steps, 0, allows)) continue;
      for (const { path, value } of valuesAt(container, steps, '')) if (!allows(value)) yield finding(pathOf(path), says, level);
    }
  }
}

function* volumeFindings(volume: Volume, path: string): Iterable<Issue> {
  const source = Object.keys(volume).find((field) => field !== 'name' && !restrictedVolumes.has(field));
  if (source === undefined) return;
  yield finding(`${path}.${source}`, 'is a source that it does not know', source === 'hostPath' ? 'baseline' : 'restricted');
}

/** Fragments of users are never touched; one that a `restricted` namespace refuses is named. */
export const unrestrictedFragments: Check = function* ({ spec }) {
  for (const list of ['initContainers', 'sidecars'] as const) {
    for (const [index, container] of (spec[list] ?? []).entries())
      yield* controlFindings(container, (field) => `spec.${list}[${index}].${field}`);
  }
  for (const list of ['sidecarVolumes', 'extraVolumes'] as const) {
    for (const [index, volume] of (spec[list] ?? []).entries()) yield* volumeFindings(volume, `spec.${list}[${index}]`);
  }
};

/** The rights that a user gives the agent beyond `restricted`, or takes from its protection. */
export const unrestrictedAgent: Check = function* ({ spec: { security, podAnnotations = {} } }) {
  const { podSecurityContext: pod, containerSecurityContext: own } = security;
  const [podPath, ownPath] = ['spec.security.podSecurityContext', 'spec.security.containerSecurityContext'];
  if (!pod.runAsNonRoot) yield finding(`${podPath}.runAsNonRoot`, 'is false');
  for (const [key, value] of Object.entries(podAnnotations)) {
    if (!key.startsWith(appArmorAnnotation.prefix) || appArmorAnnotation.allows(value)) continue;
    yield finding(`spec.podAnnotations[${key}]`, 'turns AppArmor off', appArmorAnnotation.level);
  }
  yield* controlFindings({ securityContext: own }, (field) => field.replace(/^securityContext/, ownPath));
  if (!own.readOnlyRootFilesystem) {
    yield warning(
      `${ownPath}.readOnlyRootFilesystem`,
      'agent/writable-root',
      'is false: what the agent writes outside of its volumes is lost at a restart, and it can change its own program',
    );
  }
};
