import { render, resolve } from '../../constructs';
import { pairs } from '../constructs/feature-pairs';
import { size } from '../long';
import type { KubeObject } from './api';
import { clusterObjects } from './example-surroundings';
import { installForeignCrds } from './foreign';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { ok } from './api';
import { describeWith, testApi } from './parts';

/** Of the pairs, as many as there is time for, from all over the list. */
function some<T>(all: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(all.length / count));
  return all.filter((_, index) => index % step === 0);
}

describeWith(['server', 'controllers', 'traefik'], 'every two features, and each with what changes the pod around it', () => {
  const api = testApi();
  let namespace = '';

  beforeAll(async () => {
    await installCrds(api);
    await installForeignCrds(api);
    for (const object of clusterObjects) ok(await api.apply(object, { force: true }));
    namespace = await createNamespace(api);
  }, 120_000);

  afterAll(async () => {
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  });

  /** What the server refuses of a pair, its pod included. */
  async function refusals({ name, example }: ReturnType<typeof pairs>[number]): Promise<string[]> {
    const written = { ...example.instance, metadata: { ...example.instance.metadata, namespace } };
    const resolution = resolve(written, example.facts);
    if (!resolution.ok) return [];
    const manifests = render(resolution.instance) as KubeObject[];
    const pods = manifests.flatMap(({ kind, metadata, spec }): KubeObject[] => {
      if (kind !== 'StatefulSet') return [];
      const templates = (spec.volumeClaimTemplates ?? []) as { metadata: { name: string } }[];
      // The volumes that the StatefulSet would add.
      const volumes = templates.map(({ metadata: { name: volume } }) => ({ name: volume, persistentVolumeClaim: { claimName: volume } }));
      const pod = { ...spec.template.spec, serviceAccountName: 'default', volumes: [...volumes, ...spec.template.spec.volumes] };
      return [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `${metadata.name}-0`, namespace }, spec: pod }];
    });
    // A role has to be there for its binding.
    const sent = [written as unknown as KubeObject, ...manifests, ...pods].filter(({ kind }) => kind !== 'RoleBinding');
    const answers = await Promise.all(sent.map(async (object) => ({ object, answer: await api.apply(object, { dryRun: true }) })));
    return answers
      .filter(({ answer }) => answer.status >= 300)
      .map(({ object, answer }) => `${name}: ${object.kind} ${object.metadata.name}: ${answer.body['message']}`);
  }

  test('are accepted by the server, the pod too', async () => {
    const chosen = some(pairs(), size(40, 100_000));
    expect(chosen.length).toBeGreaterThan(20);
    const found: string[] = [];
    for (const pair of chosen) found.push(...(await refusals(pair)));
    expect(found).toEqual([]);
  }, 600_000);
});
