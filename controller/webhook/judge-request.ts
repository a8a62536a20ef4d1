import { admitSelfConfig, isError } from '../../constructs';
import { type Issue, error, sortIssues, warning } from '../../constructs/spec/issue';
import type { InstanceKey, LiveInstance } from '../objects/objects';
import { ownMistakes, policyRefusal, secretsIn } from '../self-config/refusals';
import { MOST_WAITING } from '../self-config/request-worker';
import type { LiveRequest } from '../self-config/request';
import { type Scope, WHOLE_CLUSTER } from '../objects/scope';
import type { AdmittedObject } from './review';

/** What is known of the instances that agents ask about. */
export interface AskedInstances {
  /** As it was last seen. */
  find(key: InstanceKey): LiveInstance | undefined;
  /** How many of its requests have not come to their end. */
  waiting(key: InstanceKey): number;
}

interface RequestOptions {
  /** @default - nothing is known of instances */
  readonly asked?: AskedInstances | undefined;
  /** @default - all instances are known */
  readonly scope?: Scope | undefined;
}

/**
 * What is to be said of a request before it is stored. Refused is what should not be kept anywhere, such as a secret, and what would be one too many.
 * What the instance may say to it later is a warning: the request gets its answer in its status, as agents expect.
 */
export function issuesOfRequest(
  object: AdmittedObject,
  namespace: string,
  { asked, scope = WHOLE_CLUSTER }: RequestOptions,
): readonly Issue[] {
  const mistakes = admitSelfConfig(object);
  if (mistakes.some(isError)) return mistakes;
  const request = object as LiveRequest;
  const secrets = secretsIn(request.spec).map(({ path, rule, message }) => error(path, rule, message));
  return sortIssues([...mistakes, ...secrets, ...(asked === undefined ? [] : issuesOfInstance(request, namespace, asked, scope))]);
}

function issuesOfInstance(request: LiveRequest, namespace: string, asked: AskedInstances, { watchLabel }: Scope): Issue[] {
  const key = { namespace, name: request.spec.instanceRef };
  if (asked.waiting(key) >= MOST_WAITING) {
    return [error('spec.instanceRef', 'self-config/waiting', `${MOST_WAITING} requests wait for ${key.name}: ask again later`)];
  }
  const instance = asked.find(key);
  // One without our label is another controller's.
  if (instance === undefined && watchLabel !== undefined) return [];
  if (instance === undefined) return [warning('spec.instanceRef', 'self-config/instance', `there is no OpenClawInstance ${key.name} yet`)];
  const refusal = policyRefusal(request, instance) ?? ownMistakes(request);
  return refusal === undefined ? [] : [warning('spec', 'self-config/policy', `it will be ${refusal.phase}: ${refusal.message}`)];
}
