import { isNotFound } from '../api/errors';
import type { ApiPort } from '../api/port';
import { type Kind, resourcePath } from '../objects/kinds';

/** The Lease of the leader: that of the reference operator, so that both never run at once. */
export const LEASE_NAME = 'openclaw-operator.openclaw.rocks';

export const leases: Kind = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true };

/** Who leads, as the server has it. Times in it are those of other machines: nothing is computed from them. */
export interface LeaseSpec {
  /** Empty when the last holder has given it up. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease {
  readonly metadata: { readonly resourceVersion?: string; readonly [field: string]: unknown };
  readonly spec?: LeaseSpec;
  readonly [field: string]: unknown;
}

/** Reads and writes the one Lease of a namespace. Each write says which state it replaces, so of two writers one wins. */
export class LeaseStore {
  public constructor(
    private readonly api: ApiPort,
    private readonly namespace: string,
  ) {}

  /** `undefined` when there is none yet. */
  public async read(): Promise<Lease | undefined> {
    try {
      const { body } = await this.api.request({ method: 'GET', path: this.path });
      return body as Lease;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** @throws isConflict or isAlreadyExists when somebody else wrote meanwhile */
  public async write(lease: Lease | undefined, spec: LeaseSpec): Promise<void> {
    const metadata = lease?.metadata ?? { name: LEASE_NAME, namespace: this.namespace };
    const body = { apiVersion: leases.apiVersion, kind: leases.kind, metadata, spec: { ...lease?.spec, ...spec } };
    if (lease) await this.api.request({ method: 'PUT', path: this.path, body });
    else await this.api.request({ method: 'POST', path: resourcePath(leases, this.namespace), body });
  }

  private get path(): string {
    return resourcePath(leases, this.namespace, LEASE_NAME);
  }
}
