import type { Construct } from 'constructs';
import type { Hosts } from '../hosts/hosts';
import type { JsonObject } from '../spec/json';
import type { Check, Part } from '../part';
import type { Instance } from '../spec/instance';
import { error, warning } from '../spec/issue';
import { WireObject } from '../wire/wire-object';
import { cidrMistake } from './cidr';
import { egressValues } from './values/checks';
import { objectNames, selectorLabels } from '../wire/names';
import { objectMetadata } from '../wire/object-metadata';
import type { AgentNetworkPolicy, PolicyRule } from '../hosts/network';
import { kinds } from '../wire/kinds';

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

  if (spec.allowDNS)
    network.allowEgress({ ports: spec.dnsPorts.flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ port, protocol }))) });
  if (spec.allowHTTPS) network.allowEgress({ ports: [{ port: 443, protocol: 'TCP' }] });
  for (const cidr of allowedEgressCIDRs) network.allowEgress({ to: [{ ipBlock: { cidr } }] });
  for (const rule of additionalEgress) network.allowEgress(rule as unknown as PolicyRule);
}

const findings: Check = function* ({ spec }) {
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

/** A model provider, a registry of packages and most else is reached over HTTPS. */
const closed: Check = function* ({ spec: { security } }) {
  const { enabled, allowHTTPS, allowedEgressCIDRs = [], additionalEgress = [] } = security.networkPolicy;
  if (!enabled || allowHTTPS || allowedEgressCIDRs.length > 0 || additionalEgress.length > 0) return;
  yield warning(
    'spec.security.networkPolicy.allowHTTPS',
    'network-policy/closed',
    'is false and no other way out is named, so the agent reaches no model outside of the pod: name ranges in allowedEgressCIDRs, or rules in additionalEgress',
  );
};

/** Ranges that the API server does not take. No rule of the schema can say this for Kubernetes 1.30. */
const ranges: Check = function* ({ spec }) {
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
  emits: [kinds.networkPolicy],
  managed: [{ field: 'networkPolicy', kind: kinds.networkPolicy, nameOf: ({ name }) => objectNames.networkPolicy(name) }],
  checks: [findings, closed, ranges, egressValues],
  // What may be reached is known without the object, too: a cluster can have policies of its own.
  bind: ({ network }, { spec }) => addRules(network, spec.security.networkPolicy),
  create: (scope: Construct, hosts: Hosts, instance: Instance) => {
    if (!instance.spec.security.networkPolicy.enabled) return;
    new WireObject(scope, 'NetworkPolicy', {
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
