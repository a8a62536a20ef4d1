import { isDeepStrictEqual } from 'node:util';
import {
  type FactReader,
  type Issue,
  type Part,
  type WrittenInstance,
  admitClusterDefaults,
  isError,
  needsOf,
  parts as registeredParts,
  resolve,
} from '../../constructs';
import { clusterDefaults, instances, selfConfigs } from '../objects/kinds';
import { type Scope, WHOLE_CLUSTER, isInScope } from '../objects/scope';
import type { TenantBudget } from '../objects/time-budget';
import { type AdmissionRequest, type Cause, type Verdict, textOf } from './review';
import { type AskedInstances, issuesOfRequest } from './judge-request';

export type { AskedInstances } from './judge-request';

const ALLOWED: Verdict = { isAllowed: true, warnings: [], causes: [] };

/** As it would be without a webhook: the rules of the CRD hold, and the rest stands in conditions. */
export const UNJUDGED: Verdict = {
  isAllowed: true,
  isUnjudged: true,
  warnings: ['what was written in this namespace took too long to look at: mistakes stand in the conditions of the instance'],
  causes: [],
};

/** What a verdict depends on beside the request. */
export interface JudgeOptions {
  readonly facts: FactReader;
  /** What agents ask about. @default - nothing is known of it */
  readonly asked?: AskedInstances | undefined;
  /** What is known of others is too little to judge them. @default - all instances */
  readonly scope?: Scope;
  /** What tenants may have computed: a document is judged while nothing else can be done. @default - without a limit */
  readonly budget?: TenantBudget | undefined;
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
}

/**
 * Whether an object may be stored, and what its user has to know. No rule lives here: it is what `resolve` says on every other road.
 *
 * What is on its way out is never held up, nor is a write that leaves the spec as it is: an object that was stored before a rule came must
 * keep losing finalizers and getting labels.
 *
 * @throws whatever keeps it from looking facts up
 */
export async function judge(request: AdmissionRequest, options: JudgeOptions): Promise<Verdict> {
  const { budget } = options;
  if (request.object.metadata.deletionTimestamp !== undefined) return ALLOWED;
  const { namespace: tenant = '' } = request;
  if (budget?.isSpent(tenant) === true) return UNJUDGED;
  const look = await (budget === undefined ? lookOf(request, options) : budget.spend(tenant, () => lookOf(request, options)));
  // Others of the tenant may have been looked at meanwhile.
  if (budget?.isSpent(tenant) === true) return UNJUDGED;
  const verdict = (): Verdict => verdictOf(request, look());
  return budget === undefined ? verdict() : budget.spend(tenant, verdict);
}

function verdictOf({ object, oldObject }: AdmissionRequest, issues: readonly Issue[]): Verdict {
  const refusing = issues.filter((issue) => isError(issue) && issue.isOutside !== true);
  const isSame = oldObject !== undefined && isSameSpec(oldObject.spec, object.spec);
  if (isSame || refusing.length === 0) return { isAllowed: true, warnings: issues.map(causeOf).map(textOf), causes: [] };
  const warnings = issues.filter((issue) => !refusing.includes(issue));
  return { isAllowed: false, warnings: warnings.map(causeOf).map(textOf), causes: refusing.map(causeOf) };
}

/** What is nested too deep to be compared is not the same: it is refused for its depth. */
function isSameSpec(one: object | undefined, other: object | undefined): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** What is to be computed about an object, once the facts are there that it needs. */
type Look = () => readonly Issue[];

async function lookOf({ kind, namespace = '', object, oldObject }: AdmissionRequest, options: JudgeOptions): Promise<Look> {
  switch (kind) {
    case instances.kind:
      return lookAtInstance(namespace, object as WrittenInstance, oldObject as WrittenInstance | undefined, options);
    case clusterDefaults.kind:
      return () => admitClusterDefaults(object).issues;
    case selfConfigs.kind:
      return () => issuesOfRequest(object, namespace, options);
    default:
      return () => [];
  }
}

async function lookAtInstance(
  namespace: string,
  written: WrittenInstance,
  previous: WrittenInstance | undefined,
  { facts, parts = registeredParts, scope = WHOLE_CLUSTER }: JudgeOptions,
): Promise<Look> {
  if (!isInScope(scope, { ...(written.metadata as object), namespace })) return () => [];
  const known = await facts.read(namespace, needsOf(written, parts));
  return () => {
    const resolution = resolve(written, known, { parts, ...(previous !== undefined && { previous }) });
    return resolution.ok ? resolution.warnings : resolution.issues;
  };
}

function causeOf({ path, message }: Issue): Cause {
  return { field: path, message };
}
