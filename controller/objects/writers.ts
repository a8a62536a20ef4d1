import { appliers } from '../../gitops/engines/appliers';
import type { KubeObject, ManagedFields, Writer } from './objects';

/** The field manager of the controller for manifests. */
export const OURS = 'openclaw-controller';

/** The field manager of the reference operator: controller-runtime's default, after the name of the program; and that name itself. */
const PREDECESSORS: ReadonlySet<string> = new Set(['manager', 'openclaw-operator']);

/** Whoever brings what is committed. */
const ENGINES: ReadonlySet<string> = new Set(Object.values(appliers));

/** Whether an entry is of the reference operator, which writes whole objects and never applies. */
function isPredecessors({ manager, operation, subresource = '' }: ManagedFields): boolean {
  return operation === 'Update' && subresource === '' && PREDECESSORS.has(manager);
}

/** Whether an entry is that of `kubectl apply`, server-side or not. What people do otherwise (`edit`, `rollout`, `annotate`) stays theirs. */
function isKubectlApply({ manager, operation, subresource = '' }: ManagedFields): boolean {
  if (subresource !== '') return false;
  return operation === 'Apply' ? manager === 'kubectl' : manager === 'kubectl-client-side-apply';
}

function writerOf(entry: ManagedFields): Writer | undefined {
  if (entry.manager === OURS && entry.operation === 'Apply' && !entry.subresource) return 'ours';
  if (isPredecessors(entry)) return 'predecessor';
  if (isKubectlApply(entry)) return 'kubectl';
  if (ENGINES.has(entry.manager) && !entry.subresource) return 'engine';
  // The autoscaler lives in the controller manager of the cluster, and writes replicas by the subresource.
  return entry.manager === 'kube-controller-manager' && entry.subresource === 'scale' ? 'autoscaler' : undefined;
}

/** Those who wrote an object, as far as they matter to us, each once. A cache keeps this of the managed fields and nothing else. */
export function writersOf({ metadata: { writers, managedFields = [] } }: Pick<KubeObject, 'metadata'>): readonly Writer[] {
  return writers ?? [...new Set(managedFields.flatMap((entry) => writerOf(entry) ?? []))];
}

/** Whether we have applied this object. */
export function isAppliedByUs(object: Pick<KubeObject, 'metadata'>): boolean {
  return writersOf(object).includes('ours');
}

/** Whether Flux or Argo CD has applied it. */
export function isAppliedByEngine(object: Pick<KubeObject, 'metadata'>): boolean {
  return writersOf(object).includes('engine');
}

/** The managed fields without those of ours: what somebody else applied as well stays as it is, under that one alone. */
export function withoutOurs({ metadata: { managedFields = [] } }: KubeObject): readonly ManagedFields[] {
  return managedFields.filter((entry) => writerOf(entry) !== 'ours');
}

/** What the managed fields become when we take an object over, and from whom. */
export interface TakenFields {
  readonly managedFields: readonly ManagedFields[];
  /** Names of field managers, sorted. */
  readonly from: readonly string[];
}

/**
 * Moves the fields of predecessors to our manager, so that what we do not apply goes with our first apply: a field that nobody wants any more
 * would stay for ever, and the old member of a union would stand beside the new one.
 *
 * Fields of another version of the kind stay: without a conversion nobody knows what they are called.
 *
 * @param predecessors whose fields move; those of all others stay theirs
 * @param isScaled whether we leave the number of pods to somebody else: it then stays with whoever set it, or it would go back to one
 * @returns `undefined` where there is nothing to move
 */
export function takenFields(live: KubeObject, predecessors: ReadonlySet<Writer>, isScaled = false): TakenFields | undefined {
  const { managedFields = [] } = live.metadata;
  const moves = managedFields.filter((entry) => {
    const writer = writerOf(entry);
    return writer !== undefined && predecessors.has(writer) && entry.apiVersion === live.apiVersion;
  });
  if (moves.length === 0) return undefined;
  const isMine = (entry: ManagedFields): boolean => writerOf(entry) === 'ours' && entry.apiVersion === live.apiVersion;
  const merged = [...managedFields.filter(isMine), ...moves];
  const times = merged.flatMap(({ time }) => time ?? []).toSorted();
  const mine: ManagedFields = {
    manager: OURS,
    operation: 'Apply',
    apiVersion: live.apiVersion,
    ...(times.length > 0 && { time: times.at(-1) }),
    fieldsType: 'FieldsV1',
    fieldsV1: merged.map(({ fieldsV1 = {} }) => (isScaled ? withoutReplicas(fieldsV1) : fieldsV1)).reduce(unionOf, {}),
  };
  const others = managedFields.filter((entry) => !merged.includes(entry));
  const left = isScaled ? moves.flatMap(replicasOf) : [];
  return { managedFields: [mine, ...others, ...left], from: [...new Set(moves.map(({ manager }) => manager))].toSorted() };
}

/** The part of an entry that is about the number of pods; none where it says nothing of it. */
function replicasOf(entry: ManagedFields): ManagedFields[] {
  const { 'f:spec': spec = {} } = (entry.fieldsV1 ?? {}) as Record<string, FieldSet>;
  return 'f:replicas' in spec ? [{ ...entry, fieldsV1: { 'f:spec': { 'f:replicas': {} } } }] : [];
}

function withoutReplicas(fields: FieldSet): FieldSet {
  const { 'f:replicas': _replicas, ...spec } = (fields['f:spec'] ?? {}) as FieldSet;
  return fields['f:spec'] === undefined ? fields : { ...fields, 'f:spec': spec };
}

type FieldSet = Readonly<Record<string, unknown>>;

/** Sets of fields are trees: `{"f:spec": {"f:replicas": {}}}`. */
function unionOf(one: FieldSet, other: FieldSet): FieldSet {
  const union: Record<string, unknown> = { ...one };
  for (const [key, below] of Object.entries(other)) union[key] = unionOf((one[key] ?? {}) as FieldSet, below as FieldSet);
  return union;
}
