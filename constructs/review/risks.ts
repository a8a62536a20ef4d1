/** What a change may cost, as one looks at a change of Kubernetes objects before it happens. */
import { isObject } from '../spec/json';
import { amountOf } from '../wire/kibibytes';
import type { Difference } from './differences';

/**
 * - `data`: what is kept may be lost, or is kept elsewhere
 * - `immutable`: the API server refuses the change; the object has to be made anew
 * - `exposure`: who reaches the pods, or whom they reach
 * - `rbac`: what the pods may do at the API server, and as whom
 * - `secret-reference`: another Secret, or another key of it
 * - `restart`: the pods are replaced
 * - `cost`: more or less CPU, memory, disk, pods or load balancers
 */
export const RISKS = ['data', 'immutable', 'exposure', 'rbac', 'secret-reference', 'restart', 'cost'] as const;

export type Risk = (typeof RISKS)[number];

export type Action = 'created' | 'configured' | 'deleted';

interface Rule {
  readonly risk: Risk;
  /** @default - all */
  readonly kinds?: readonly string[];
  /** @default - all */
  readonly actions?: readonly Action[];
  /** What the shape of a difference has to match. @default - the object as a whole counts */
  readonly shape?: RegExp;
}

const WORKLOADS = ['StatefulSet', 'Deployment'];
const POD = String.raw`^spec\.template\.spec\.`;

const RULES: readonly Rule[] = [
  { risk: 'restart', kinds: WORKLOADS, actions: ['configured'], shape: /^spec\.template(?:\.|$)/ },
  { risk: 'restart', kinds: WORKLOADS, actions: ['deleted'] },
  // What a StatefulSet lets nobody change.
  {
    risk: 'immutable',
    kinds: ['StatefulSet'],
    actions: ['configured'],
    shape:
      /^spec\.(?!template\b|replicas\b|updateStrategy\b|persistentVolumeClaimRetentionPolicy\b|minReadySeconds\b|revisionHistoryLimit\b|ordinals\b)/,
  },
  { risk: 'immutable', kinds: ['Deployment'], actions: ['configured'], shape: /^spec\.selector\b/ },
  {
    risk: 'immutable',
    kinds: ['PersistentVolumeClaim'],
    actions: ['configured'],
    shape: /^spec\.(?!resources\.requests\b|volumeAttributesClassName\b)/,
  },
  { risk: 'immutable', kinds: ['RoleBinding', 'ClusterRoleBinding'], actions: ['configured'], shape: /^roleRef\b/ },
  { risk: 'immutable', kinds: ['Service'], actions: ['configured'], shape: /^spec\.clusterIPs?\b/ },
  { risk: 'immutable', kinds: ['Job'], actions: ['configured'], shape: /^spec\.(?:template|selector|completions)\b/ },
  { risk: 'data', kinds: ['PersistentVolumeClaim'], actions: ['configured', 'deleted'] },
  {
    risk: 'data',
    kinds: ['StatefulSet'],
    shape: /^spec\.(?:volumeClaimTemplates|persistentVolumeClaimRetentionPolicy)\b/,
    actions: ['configured'],
  },
  {
    risk: 'data',
    kinds: WORKLOADS,
    actions: ['configured'],
    shape: new RegExp(String.raw`${POD}volumes\[\]\.persistentVolumeClaim\b`),
  },
  { risk: 'data', kinds: ['CronJob'], actions: ['configured', 'deleted'], shape: /^spec\.(?:schedule|suspend|jobTemplate)\b/ },
  { risk: 'data', kinds: ['CronJob'], actions: ['deleted'] },
  { risk: 'exposure', kinds: ['Ingress', 'HTTPRoute', 'NetworkPolicy', 'Middleware'] },
  { risk: 'exposure', kinds: ['Service'], actions: ['created', 'deleted'] },
  { risk: 'exposure', kinds: ['Service'], shape: /^spec\b|^metadata\.annotations\b/ },
  {
    risk: 'exposure',
    kinds: WORKLOADS,
    shape: new RegExp(String.raw`${POD}(?:host(?:Network|PID|IPC)\b|(?:init)?[cC]ontainers\[\]\.ports\b)`),
  },
  { risk: 'rbac', kinds: ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'ServiceAccount'] },
  { risk: 'rbac', kinds: WORKLOADS, shape: new RegExp(String.raw`${POD}(?:serviceAccountName|automountServiceAccountToken)\b`) },
  {
    risk: 'secret-reference',
    shape: /\b(?:secretKeyRef|secretRef|secretName|imagePullSecrets)\b|\bvolumes\[\]\.secret\b|\bsources\[\]\.secret\b/,
  },
  { risk: 'cost', shape: /\.resources\.(?:requests|limits)\b/ },
  { risk: 'cost', kinds: WORKLOADS, shape: /^spec\.replicas$/ },
  { risk: 'cost', kinds: ['PersistentVolumeClaim'], actions: ['created', 'deleted'] },
  { risk: 'cost', kinds: ['HorizontalPodAutoscaler'] },
  { risk: 'cost', kinds: ['Service'], shape: /^spec\.type$/ },
];

/** What one difference of a configured object may cost, in the order of {@link RISKS}. */
export function risksOfDifference(kind: string, difference: Difference): Risk[] {
  const shapes = shapesOf(difference);
  const found = RULES.filter(({ kinds, actions = ['configured'], shape }) => {
    return (
      (kinds === undefined || kinds.includes(kind)) &&
      actions.includes('configured') &&
      (shape === undefined || shapes.some((one) => shape.test(one)))
    );
  }).map(({ risk }) => risk);
  // A claim can grow, and never shrink.
  if (kind === 'PersistentVolumeClaim' && isShrunk(difference)) found.push('immutable');
  return inOrder(found);
}

/** What it may cost that an object comes or goes. */
export function risksOfObject(kind: string, action: Exclude<Action, 'configured'>): Risk[] {
  const found = RULES.filter(
    ({ kinds, actions, shape }) => shape === undefined && kinds?.includes(kind) === true && (actions ?? [action]).includes(action),
  );
  return inOrder(found.map(({ risk }) => risk));
}

export function inOrder(risks: Iterable<Risk>): Risk[] {
  const found = new Set(risks);
  return RISKS.filter((risk) => found.has(risk));
}

/** The fields inside what came or went whole count as well: a container that is new may refer to a Secret. */
function shapesOf({ shape, before, after }: Difference): string[] {
  const shapes = new Set([shape]);
  const walk = (value: unknown, at: string, depth: number): void => {
    if (depth > 8) return;
    if (Array.isArray(value)) for (const element of value) walk(element, `${at}[]`, depth + 1);
    else if (isObject(value)) {
      for (const [field, inner] of Object.entries(value)) {
        shapes.add(`${at}.${field}`);
        walk(inner, `${at}.${field}`, depth + 1);
      }
    }
  };
  if (before === undefined || after === undefined) walk(before ?? after, shape, 0);
  return [...shapes];
}

function isShrunk({ shape, before, after }: Difference): boolean {
  if (shape !== 'spec.resources.requests.storage' || typeof before !== 'string' || typeof after !== 'string') return false;
  return (amountOf(after) ?? 0) < (amountOf(before) ?? 0);
}
