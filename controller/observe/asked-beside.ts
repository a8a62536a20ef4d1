import { type Facts, type Override, type Part, type Resolution, type WrittenInstance, resolve } from '../../constructs';
import { type Issue, isError, warning } from '../../constructs/spec/issue';
import { objectNames } from '../../constructs/wire/names';
import { objectId } from '../../constructs/wire/object-ref';
import type { LiveInstance } from '../objects/objects';
import { laidOver, overridesOf, permitted } from './agent-changes';
import type { ClusterFacts } from './cluster-facts';

/** What an agent was given and what is held beside the spec of its instance. */
interface AskedBeside {
  /** What holds in place of the spec for it. */
  readonly overrides: readonly Override[];
  /** The instance with it. @default - as it is written */
  readonly subject?: WrittenInstance;
  /** Ids of what it is read from. */
  readonly ids: readonly string[];
}

export const NOTHING_ASKED: AskedBeside = { overrides: [], ids: [] };

/** Only what the instance lets its agent ask for today counts: whoever takes an action off the list takes back what came of it. */
export async function askedBeside(instance: LiveInstance, facts: Pick<ClusterFacts, 'agentChanges'>): Promise<AskedBeside> {
  const { spec = {}, metadata } = instance;
  if (spec.selfConfigure?.enabled !== true) return NOTHING_ASKED;
  const { namespace, name } = metadata;
  const ids = [objectId({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: objectNames.agentChanges(name) })];
  const changes = permitted(await facts.agentChanges(instance), spec);
  const overrides = overridesOf(spec, changes);
  return overrides.length === 0 ? { overrides, ids } : { overrides, ids, subject: { ...instance, spec: laidOver(spec, changes) } };
}

/**
 * `resolve` with what the agent was given. A spec that changed since may not go together with that: the spec of a person is good without it, and is
 * not held up by it.
 */
export function resolveAsked(
  instance: LiveInstance,
  facts: Facts,
  {
    parts,
    overrides,
    asked,
  }: { readonly parts: readonly Part[]; readonly overrides: readonly Override[]; readonly asked: readonly Override[] },
): Resolution {
  const whole = resolve(instance, facts, { parts, overrides: [...overrides, ...asked] });
  if (whole.ok || asked.length === 0) return whole;
  const plain = resolve(instance, facts, { parts, overrides });
  return plain.ok ? { ...plain, warnings: [...plain.warnings, leftOut(whole.issues)] } : plain;
}

function leftOut(issues: readonly Issue[]): Issue {
  const [first] = issues.filter(isError);
  const why = first === undefined ? '' : `: ${first.path}: ${first.message}`;
  return warning(
    'spec.selfConfigure',
    'self-configure/left-out',
    `what the agent asked for is left out, for the spec is not valid with it${why}`,
  );
}
