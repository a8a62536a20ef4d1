import type { ResolvedOpenClawInstanceSpec } from '../../imports/types';
import { type Hosts, createHosts } from '../hosts/hosts';
import { ClashError } from '../hosts/owned-names';
import type { CheckInput, Part } from '../part';
import type { Instance } from '../spec/instance';
import { type Issue, error } from '../spec/issue';

/** The parts that an instance wants, in the order of the registry. */
export function enabledParts(spec: ResolvedOpenClawInstanceSpec, parts: readonly Part[]): Part[] {
  return parts.filter(({ isEnabled }) => isEnabled?.(spec) ?? true);
}

/** Names come from many fields, so a clash is told of the whole. */
const PLACE = 'spec';

/** The hosts of an instance, filled. */
export interface Bound {
  readonly hosts: Hosts;
  /** Names that two parts gave to two things, which a spec can bring about. */
  readonly issues: readonly Issue[];
}

/** The first phase: fills new hosts with what the given parts, those that are enabled, add for `instance`. */
export function bindParts(instance: Instance, parts: readonly Part[]): Bound {
  const hosts = createHosts(instance);
  const issues: Issue[] = [];
  for (const part of parts) {
    try {
      part.bind?.(hosts, instance);
    } catch (cause) {
      if (!(cause instanceof ClashError)) throw cause;
      issues.push(error(PLACE, 'parts/clash', `${cause.message}: choose another name for one of them`));
    }
  }
  return { hosts, issues };
}

/** The second phase: what the given parts, those that are enabled, find in what is there. */
export function checkIssues(input: CheckInput, hosts: Hosts, parts: readonly Part[]): Issue[] {
  const issues: Issue[] = [];
  for (const { checks = [] } of parts) {
    for (const check of checks) issues.push(...check(input, hosts));
  }
  return issues;
}
