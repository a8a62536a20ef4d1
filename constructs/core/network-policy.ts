import type { Construct } from 'constructs';
import type { Hosts } from '../hosts';
import type { JsonObject } from '../manifest';
import type { Part, Rule } from '../part';
import type { Instance } from '../spec/instance';
import { error, warning } from '../spec/issue';
import { WireObject } from '../wire-object';
import { cidrMistake } from './cidr';
import { objectNames, selectorLabels } from './names';
import { objectMetadata } from './object-metadata';
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

  /** Adds an ingress rule of its own, for ports that not everybody may reach. */
  public allowIngress(rule: PolicyRule): void {
    this.ingressRules.push(rule);
  }

  /** Adds an egress rule. */
  public allowEgress(rule: PolicyRule): void {
    this.egressRules.push(rule);
  }

  public render(): { ingress: PolicyRule[]; egress: PolicyRule[] } {
    const behindService = this.service.ports.map(({ targetPort: port, protocol }) => ({ port, protocol }));
    const ports = distinct([...behindService, ...this.ports]);
    const main = this.peers.length > 0 && ports.length > 0 ? [{ from: this.peers, ports }] : [];
    return { ingress: [...main, ...this.ingressRules], egress: this.egressRules };
  }
}

/** Two Service ports may share a port of the pod; the policy names it once. */
function distinct(ports: readonly PolicyPort[]): PolicyPort[] {
  return [...new Map(ports.map((port) => [`${port.protocol}/${port.port}`, port])).values()];
}

/** A peer: every pod of the namespace with this name. */
function namespacePeer(name: string): object {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } };
}

function addRules(network: AgentNetworkPolicy, spec: Instance['spec']['security']['networkPolicy']): void {
  const { allowedIngressNamespaces = [], allowedIngressCIDRs = [], allowedEgressCIDRs = [], additionalEgress = [] } = spec;
  // An empty pod selector means every pod of the policy's own namespace, so the namespace need not be named.
  if (spec.allowSameNamespaceIngress) network.allowFrom({ podSelector: {} });
  network.allowFrom(...allowedIngressNamespaces.map(namespacePeer));
  network.allowFrom(...allowedIngressCIDRs.map((cidr) => ({ ipBlock: { cidr } })));

  if (spec.allowDNS) {
    network.allowEgress({
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    });
  }
  network.allowEgress({ ports: [{ port: 443, protocol: 'TCP' }] });
  for (const cidr of allowedEgressCIDRs) network.allowEgress({ to: [{ ipBlock: { cidr } }] });
  for (const rule of additionalEgress) network.allowEgress(rule as unknown as PolicyRule);
}

const findings: Rule = function* ({ spec }) {
  const { enabled, allowedIngressCIDRs = [] } = spec.security.networkPolicy;
  const { type } = spec.networking.service;
  if (!enabled) {
    yield warning(
      'spec.security.networkPolicy.enabled',
      'network-policy/off',
      'without a NetworkPolicy every pod of the cluster reaches the gateway: leave it on and name who may',
    );
  } else if (type !== 'ClusterIP' && allowedIngressCIDRs.length === 0) {
    yield warning(
      'spec.networking.service.type',
      'network-policy/external',
      `is ${type}, but the NetworkPolicy lets no address outside the cluster in: name the clients in security.networkPolicy.allowedIngressCIDRs`,
    );
  }
};

/** Ranges that the API server does not take. No rule of the schema can say this for Kubernetes 1.29. */
const ranges: Rule = function* ({ spec }) {
  for (const list of ['allowedIngressCIDRs', 'allowedEgressCIDRs'] as const) {
    for (const [index, cidr] of (spec.security.networkPolicy[list] ?? []).entries()) {
      const mistake = cidrMistake(cidr);
      if (mistake !== undefined) yield error(`spec.security.networkPolicy.${list}[${index}]`, 'network-policy/range', mistake);
    }
  }
};

export const networkPolicy: Part = {
  name: 'network-policy',
  claims: ['security.networkPolicy'],
  rules: [findings, ranges],
  isEnabled: (spec) => spec.security.networkPolicy.enabled,
  create: (scope: Construct, hosts: Hosts, instance: Instance) => {
    addRules(hosts.network, instance.spec.security.networkPolicy);
    return new WireObject(scope, 'NetworkPolicy', {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: objectMetadata(instance, objectNames.networkPolicy(instance.name)),
      produce: (): JsonObject => ({
        spec: {
          podSelector: { matchLabels: selectorLabels(instance.name) },
          policyTypes: ['Ingress', 'Egress'],
          ...hosts.network.render(),
        },
      }),
    });
  },
};
