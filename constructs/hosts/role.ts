import { apiToken, paths, volumes } from '../wire/names';
import type { AgentNetworkPolicy } from './network';
import type { AgentPod } from './pod';

/** A rule of a Role in wire form. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The volume that the kubelet would make for every container, had we let it. */
const TOKEN_VOLUME = {
  name: volumes.apiToken,
  projected: {
    defaultMode: 0o444,
    sources: [
      { serviceAccountToken: { expirationSeconds: apiToken.expirationSeconds, path: 'token' } },
      { configMap: { name: apiToken.rootCertificates, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
};

/** Ports of the API server. A policy sees them after the Service's address was translated, so the Service's own port alone does not do. */
const API_SERVER_PORTS = [443, 6443].map((port) => ({ port, protocol: 'TCP' as const }));

/** What the pod may do at the API server, and which of its containers can speak to it. */
export class AgentRole {
  private readonly ruleList: RoleRule[] = [];
  private readonly containers = new Set<string>();

  public constructor(
    private readonly pod: AgentPod,
    private readonly network: AgentNetworkPolicy,
  ) {}

  public allow(...rules: readonly RoleRule[]): void {
    this.ruleList.push(...rules);
  }

  /**
   * Lets one container of ours speak to the API server: mounts a short-lived token into it, and opens the way there. Without this nothing in
   * the pod can; a container of a user brings a volume of its own. More than one part may ask for the same container.
   */
  public reachApiServer(owner: string, container: string): void {
    if (this.containers.size === 0) {
      this.pod.addVolume(owner, TOKEN_VOLUME);
      this.network.allowEgress({ ports: API_SERVER_PORTS });
    }
    if (this.containers.has(container)) return;
    this.containers.add(container);
    this.pod.mountInto(owner, container, { name: volumes.apiToken, mountPath: paths.apiToken, readOnly: true });
  }

  /** Whether a part has let this container speak to the API server. */
  public reaches(container: string): boolean {
    return this.containers.has(container);
  }

  /** Whether a container of ours speaks to the API server, as the account of the pod. */
  public get isUsed(): boolean {
    return this.containers.size > 0;
  }

  public get rules(): readonly RoleRule[] {
    return this.ruleList;
  }
}
