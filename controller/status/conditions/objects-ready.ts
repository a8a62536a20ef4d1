import { type Verdict, no, yes } from '../condition';
import { failedResult } from '../failures';
import { shortName, type StatusView } from '../status-input';
import { CONDITION_LIMIT, joinWithin } from '../text';

/** Objects that are ready as soon as they are there. */
interface ObjectGroup {
  readonly kinds: readonly string[];
  /** The reason of `True`. */
  readonly created: string;
}

function subjects({ wanted, live }: StatusView, kinds: readonly string[]): { kind: string; name: string }[] {
  const all = wanted ?? [...live.values()];
  return all.filter(({ kind }) => kinds.includes(kind)).map(({ kind, metadata: { name } }) => ({ kind, name }));
}

/**
 * Whether the objects of a group stand as the spec wants them. While nothing is delivered (an invalid spec, a hold), what is there is judged
 * as it is: the instance lives on it.
 */
function objectsReady(view: StatusView, { kinds, created }: ObjectGroup): Verdict {
  const all = subjects(view, kinds);
  if (all.length === 0) return 'off';
  const failed = all.flatMap(({ kind, name }) => failedResult(view, kind, name) ?? []);
  const [first] = failed;
  if (first)
    return no(
      first.reason,
      joinWithin(
        failed.map(({ text }) => text),
        CONDITION_LIMIT,
      ),
    );
  const absent = all.filter(({ kind, name }) => !view.live.has(shortName(kind, name)));
  const list = (some: typeof all) => some.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  if (absent.length > 0) return no('NotApplied', `not in the cluster: ${list(absent)}`);
  return yes(created, `in place: ${list(all)}`);
}

export function serviceReady(view: StatusView): Verdict {
  return objectsReady(view, { kinds: ['Service'], created: 'ServiceCreated' });
}

export function networkPolicyReady(view: StatusView): Verdict {
  return objectsReady(view, { kinds: ['NetworkPolicy'], created: 'NetworkPolicyCreated' });
}

export function rbacReady(view: StatusView): Verdict {
  return objectsReady(view, { kinds: ['ServiceAccount', 'Role', 'RoleBinding'], created: 'RBACCreated' });
}
