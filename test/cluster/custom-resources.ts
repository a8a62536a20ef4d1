import { ok, type Api, type KubeObject } from './api';

/** Applies a CustomResourceDefinition and waits until the server serves its objects. */
export async function installCrd(api: Api, crd: KubeObject): Promise<void> {
  ok(await api.apply(crd));
  await api.waitFor(crd, isEstablished);
}

function isEstablished(crd: KubeObject): boolean {
  const conditions: readonly { type: string; status: string }[] = crd['status']?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Established' && status === 'True');
}
