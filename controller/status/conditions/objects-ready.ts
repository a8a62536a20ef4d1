import { RULE_LEFT_OUT } from '../../../constructs/core/access/access';
import type { ObjectCondition } from '../../../constructs/part';
import { type Verdict, type Verdicts, isTrue, no, yes } from '../condition';
import { type Kind, kinds } from '../../../constructs/wire/kinds';
import { type ObjectRef, objectId, refOf, refText } from '../../../constructs/wire/object-ref';
import { kindId } from '../../objects/kinds';
import { alteration } from '../altered-fields';
import { toldResult } from '../failures';
import type { StatusView } from '../status-input';
import { issueText } from './config-valid';
import { CONDITION_LIMIT, joinWithin } from '../text';

/** Objects that are ready as soon as they are there. */
interface ObjectGroup {
  readonly group: readonly Kind[];
  /** The reason of `True`. */
  readonly created: string;
}

/** What is wanted; while nothing is, what is there. */
function subjects({ wanted, live }: StatusView, group: readonly Kind[]): ObjectRef[] {
  const all = wanted ?? [...live.values()];
  return all.filter((object) => isOf(group, object)).map(refOf);
}

function isOf(group: readonly Kind[], object: Parameters<typeof kindId>[0]): boolean {
  return group.some((kind) => kindId(kind) === kindId(object));
}

/**
 * Whether the objects of a group stand as the spec wants them. While nothing is delivered (an invalid spec, a hold), what is there is judged
 * as it is: the instance lives on it.
 */
function objectsReady(view: StatusView, { group, created }: ObjectGroup): Verdict {
  const all = subjects(view, group);
  if (all.length === 0) return 'off';
  const failed = all.flatMap((ref) => toldResult(view, view.results.get(objectId(ref))) ?? []);
  const [first] = failed;
  if (first)
    return no(
      first.reason,
      joinWithin(
        failed.map(({ text }) => text),
        CONDITION_LIMIT,
      ),
    );
  const absent = all.filter((ref) => !view.live.has(objectId(ref)));
  const list = (some: typeof all) => some.map((ref) => refText(ref, view.instance.metadata.namespace)).join(', ');
  if (absent.length > 0) return no('NotApplied', `not in the cluster: ${list(absent)}`);
  const altered = (view.wanted ?? []).filter((manifest) => isOf(group, manifest)).flatMap((manifest) => alteration(view, manifest) ?? []);
  if (altered.length > 0) return no('ChangedByOthers', joinWithin(altered, CONDITION_LIMIT));
  return yes(created, `in place: ${list(all)}`);
}

/** Kinds of which a condition of its own tells what others changed. */
export const TOLD_KINDS: ReadonlySet<string> = new Set(
  [kinds.service, kinds.networkPolicy, kinds.serviceAccount, kinds.role, kinds.roleBinding].map(kindId),
);

export function serviceReady(view: StatusView): Verdict {
  return objectsReady(view, { group: [kinds.service], created: 'ServiceCreated' });
}

export function networkPolicyReady(view: StatusView): Verdict {
  return objectsReady(view, { group: [kinds.networkPolicy], created: 'NetworkPolicyCreated' });
}

/** Rules of `additionalRules` that no administrator allows; the Role is there without them. */
function rulesLeftOut({ observed: { resolution } }: StatusView): Verdict | undefined {
  if (!resolution.ok) return undefined;
  const left = resolution.warnings.filter(({ rule }) => rule === RULE_LEFT_OUT);
  return left.length === 0 ? undefined : no('RulesLeftOut', joinWithin(left.map(issueText), CONDITION_LIMIT));
}

/** What one of them may do at the API server the others may, so none is given what is its own: requests of agents are refused. */
function accountShared({ observed: { accountSharers = [] } }: StatusView): Verdict | undefined {
  if (accountSharers.length === 0) return undefined;
  const text = `runs as the same account as ${accountSharers.map((name) => `OpenClawInstance ${name}`).join(', ')}, so requests of its agent are refused, and each may read what the others may: give each instance an account of its own (security.rbac.serviceAccountName)`;
  return no('AccountShared', joinWithin([text], CONDITION_LIMIT));
}

export function rbacReady(view: StatusView): Verdict {
  const verdict = objectsReady(view, { group: [kinds.serviceAccount, kinds.role, kinds.roleBinding], created: 'RBACCreated' });
  return isTrue(verdict) ? (rulesLeftOut(view) ?? accountShared(view) ?? verdict) : verdict;
}

/** What a part says of its own objects. */
function partReady(view: StatusView, { kind, created, leftOut }: ObjectCondition): Verdict {
  const { resolution } = view.observed;
  const warnings = resolution.ok && leftOut ? resolution.warnings.filter(({ rule }) => rule === leftOut.rule) : [];
  if (leftOut && warnings.length > 0) return no(leftOut.reason, joinWithin(warnings.map(issueText), CONDITION_LIMIT));
  return objectsReady(view, { group: [kind], created });
}

/** The conditions that parts bring along, by type. */
export function partConditions(view: StatusView): Verdicts {
  const all = view.observed.parts.flatMap(({ conditions = [] }) => conditions);
  return Object.fromEntries(all.map((condition) => [condition.type, partReady(view, condition)]));
}
