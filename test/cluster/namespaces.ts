import { randomUUID } from 'node:crypto';
import { ok, type Api } from './api';

/** What Pod Security demands of a namespace: nothing, or that its pods are hardened (refused otherwise, and warned about). */
export type PodSecurity = 'open' | 'restricted';

/** Creates a namespace with a name of its own and returns the name, once pods can be created in it. */
export async function createNamespace(api: Api, podSecurity: PodSecurity = 'restricted'): Promise<string> {
  const name = `test-${randomUUID().slice(0, 8)}`;
  const modes = podSecurity === 'restricted' ? ['enforce', 'warn'] : [];
  const labels = Object.fromEntries(modes.map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']));
  ok(await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }));
  // A pod needs its service account. The controller makes it within a moment, if there is one; 409 says that it was faster.
  const account = await api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } });
  if (account.status !== 409) ok(account);
  return name;
}
