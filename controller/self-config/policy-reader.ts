import type { Clock } from '../../gitops/git/clock';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import type { Kind } from '../objects/kinds';

/** The name of the policy and of its binding. */
export const POLICY_NAME = 'openclaw-self-configure';

export const admissionPolicies: Kind = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
};

export const admissionPolicyBindings: Kind = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  namespaced: false,
};

/** An administrator who takes the policy away is noticed within this time. */
const FRESH_MS = 30_000;

/** A server asks a policy a moment after it was made. */
const SETTLING_MS = 5000;

/** Tells since when the API server asks the policy by which an agent may make requests for its own instance only. */
export class PolicyReader {
  private known: { readonly at: number; readonly since: Date | undefined } | undefined;

  public constructor(
    private readonly api: ApiPort,
    private readonly clock: Clock,
  ) {}

  /** @returns `undefined` while the policy, or its binding, is not there */
  public async guardedSince(): Promise<Date | undefined> {
    const now = this.clock.monotonic();
    if (this.known === undefined || now - this.known.at >= FRESH_MS || this.known.since === undefined) {
      this.known = { at: now, since: await this.read() };
    }
    return this.known.since;
  }

  private async read(): Promise<Date | undefined> {
    const found = await Promise.all(
      [admissionPolicies, admissionPolicyBindings].map((kind) => get(this.api, kind, undefined, POLICY_NAME)),
    );
    const times = found.map((object) => Date.parse(object?.metadata.creationTimestamp ?? ''));
    return times.some(Number.isNaN) ? undefined : new Date(Math.max(...times) + SETTLING_MS);
  }
}
