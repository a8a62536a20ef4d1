import type { NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort } from '../../../imports/types';
import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { cidrMistake, isCidr, isStrictlyWithin } from '../cidr';
import { portName } from './forms';
import { Mistakes, fieldsOf } from './mistakes';
import { selectorMistakes } from './scheduling';

const egress = new Mistakes('values/egress');

function* rangeMistakes(cidr: string, path: string): Iterable<Issue> {
  const mistake = isCidr(cidr) ? cidrMistake(cidr) : `must be an address range such as 10.0.0.0/8 or fd00::/8, not ${quote(cidr)}`;
  if (mistake !== undefined) yield egress.at(path, mistake);
}

function* blockMistakes({ cidr, except = [] }: NonNullable<NetworkPolicyPeer['ipBlock']>, path: string): Iterable<Issue> {
  yield* rangeMistakes(cidr, `${path}.cidr`);
  for (const [index, inner] of except.entries()) {
    const place = `${path}.except[${index}]`;
    yield* rangeMistakes(inner, place);
    if (isCidr(inner) && isCidr(cidr) && !isStrictlyWithin(inner, cidr))
      yield egress.at(place, `must lie inside of ${cidr} and be smaller, not ${quote(inner)}`);
  }
}

function* peerMistakes(peer: NetworkPolicyPeer, path: string): Iterable<Issue> {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  const selectors = fieldsOf({ podSelector, namespaceSelector });
  if (fieldsOf(peer).length === 0) yield egress.at(path, 'is empty: write a podSelector, a namespaceSelector or an ipBlock');
  if (ipBlock && selectors.length > 0) yield egress.at(path, `has ${selectors.join(' and ')} beside ipBlock: write two entries`);
  if (ipBlock) yield* blockMistakes(ipBlock, `${path}.ipBlock`);
  yield* selectorMistakes(podSelector, `${path}.podSelector`, egress);
  yield* selectorMistakes(namespaceSelector, `${path}.namespaceSelector`, egress);
}

function* portMistakes({ port, endPort }: NetworkPolicyPort, path: string): Iterable<Issue> {
  yield* egress.port(`${path}.port`, port, portName);
  if (endPort === undefined) return;
  if (typeof port !== 'number') yield egress.at(`${path}.endPort`, 'needs a port that is a number');
  else if (endPort < port) yield egress.at(`${path}.endPort`, `must not be below port ${port}, as ${endPort} is`);
  yield* egress.range(`${path}.endPort`, endPort, 1, 65535);
}

/** Egress rules as a user wrote them. */
export function* egressMistakes(rules: readonly NetworkPolicyEgressRule[] | undefined, path: string): Iterable<Issue> {
  for (const [index, { to = [], ports = [] }] of (rules ?? []).entries()) {
    for (const [at, peer] of to.entries()) yield* peerMistakes(peer, `${path}[${index}].to[${at}]`);
    for (const [at, port] of ports.entries()) yield* portMistakes(port, `${path}[${index}].ports[${at}]`);
  }
}
