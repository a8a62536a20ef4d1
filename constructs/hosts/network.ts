import type { JsonObject } from '../spec/json';
import type { AgentService } from './service';

/** A port in wire form. */
export interface PolicyPort {
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

/** An egress or ingress rule in wire form. */
export type PolicyRule = JsonObject;

/**
 * Who may reach the pod, and what the pod may reach. The ports of the main ingress rules are those behind the Service, so the two never
 * disagree.
 */
export class AgentNetworkPolicy {
  private readonly peers: object[] = [];
  private readonly ports: PolicyPort[] = [];
  private readonly apart = new Set<number>();
  private readonly ingressRules: PolicyRule[] = [];
  private readonly egressRules: PolicyRule[] = [];

  public constructor(private readonly service: AgentService) {}

  /** Lets `peers` reach every port behind the Service. */
  public allowFrom(...peers: readonly object[]): void {
    this.peers.push(...peers);
  }

  /** Adds a port of the pod to those that {@link allowFrom} opens, for Services beside the main one. */
  public allowPort(port: PolicyPort): void {
    this.ports.push(port);
  }

  /** Lets `peers` alone reach these ports of the pod. An empty list lets nobody in: who means everybody says so. */
  public allow(peers: readonly object[] | 'everybody', ports: readonly PolicyPort[]): void {
    if (peers === 'everybody') this.ingressRules.push({ ports });
    else if (peers.length > 0) this.ingressRules.push({ from: peers, ports });
  }

  /** The same, and whoever may reach the other ports may not reach this one by that, though it is behind the Service. All of ours are TCP. */
  public restrict(peers: readonly object[], port: number): void {
    this.apart.add(port);
    this.allow(peers, [{ port, protocol: 'TCP' }]);
  }

  /** Adds an egress rule. */
  public allowEgress(rule: PolicyRule): void {
    this.egressRules.push(rule);
  }

  public render(): { ingress: PolicyRule[]; egress: PolicyRule[] } {
    const behindService = this.service.ports.map(({ targetPort: port, protocol }) => ({ port, protocol }));
    const ports = distinct([...behindService, ...this.ports]).filter(({ port, protocol }) => protocol !== 'TCP' || !this.apart.has(port));
    const main = this.peers.length > 0 && ports.length > 0 ? [{ from: this.peers, ports }] : [];
    return { ingress: [...main, ...this.ingressRules], egress: this.egressRules };
  }
}

/** Two Service ports may share a port of the pod; the policy names it once. */
function distinct(ports: readonly PolicyPort[]): PolicyPort[] {
  return [...new Map(ports.map((port) => [`${port.protocol}/${port.port}`, port])).values()];
}
