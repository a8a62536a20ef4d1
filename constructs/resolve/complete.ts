import type { OpenClawInstanceSpec, ResolvedOpenClawInstanceSpec } from '../../imports/types';
import type { CheckInput, Part } from '../part';
import { applyDefaults } from '../schema/defaults';
import { instanceDefaults } from '../schema/schemas';
import type { JsonObject } from '../schema/structural';
import type { Facts } from '../spec/facts';
import { admittedWithoutAbsent, defaultsWithoutAbsent } from './absent';
import { applyClusterDefaults } from './cluster-defaults';

/**
 * `written <- cluster defaults <- schema defaults <- derived`, on a private copy of the groups that derived steps change.
 *
 * @param stated the annotations of the instance, which derived steps may read
 */
export function complete(
  admitted: OpenClawInstanceSpec,
  stated: CheckInput['annotations'],
  facts: Facts,
  parts: readonly Part[],
): ResolvedOpenClawInstanceSpec {
  const present = withDefaults(admittedWithoutAbsent(admitted));
  const draft = copyGroups(applyClusterDefaults(present, defaultsWithoutAbsent(facts.clusterDefaults)));
  for (const part of parts) part.derive?.(draft, stated);
  return draft as ResolvedOpenClawInstanceSpec;
}

/** Adds the groups that nobody wrote, with all that stands in them. The API server stores none of that. */
function withDefaults(admitted: OpenClawInstanceSpec): OpenClawInstanceSpec {
  return applyDefaults(instanceDefaults(), { spec: admitted as JsonObject })['spec'] as OpenClawInstanceSpec;
}

/** Copies groups three levels deep: derived defaults are set on a group or on a group inside it, never deeper, never in a list. */
function copyGroups<T extends object>(value: T, depth = 3): T {
  const copy = { ...value } as Record<string, unknown>;
  if (depth > 1) {
    for (const key in copy) {
      const child = copy[key];
      if (typeof child === 'object' && child !== null && !Array.isArray(child)) copy[key] = copyGroups(child, depth - 1);
    }
  }
  return copy as T;
}

let emptySpec: JsonObject | undefined;

/** What becomes of an empty spec: every default that a schema states. */
export function defaultSpec(): JsonObject {
  emptySpec ??= withDefaults({}) as JsonObject;
  return emptySpec;
}
