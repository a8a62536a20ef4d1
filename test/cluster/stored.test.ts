import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Document } from '../imports/documents';
import { refused } from '../imports/refused-rules';
import { ok, waitUntil, type KubeObject } from './api';
import { installCrd } from './custom-resources';
import { crdFolder } from './install-crds';
import { describeWith, testApi } from './parts';

/** A group of its own, so that no other test meets these kinds. */
const GROUP = 'stored.test.openclaw.rocks';

/** Our CRD under that group. */
function definition(plural: string): KubeObject {
  const crd: KubeObject = parse(readFileSync(join(crdFolder, `${plural}.yaml`), 'utf8'));
  return { ...crd, metadata: { name: `${plural}.${GROUP}` }, spec: { ...crd['spec'], group: GROUP } };
}

/** As it was before anybody thought of a rule. */
function withoutRules(crd: KubeObject): KubeObject {
  return JSON.parse(JSON.stringify(crd, (key, value: unknown) => (key === 'x-kubernetes-validations' ? undefined : value)));
}

const finalizer = 'openclaw.rocks/finalizer';

describeWith(['server'], 'T-R2 objects that were stored before our rules and break one', () => {
  const api = testApi();
  const crds = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'].map(definition);

  /** Broken documents, each under a name of its own where the name itself is not what is broken. */
  const stored = refused.map(({ document, ...row }, index) => ({
    ...row,
    document: { ...document, apiVersion: `${GROUP}/v1alpha1`, metadata: { ...document.metadata, name: nameOf(document, index) } },
  }));

  beforeAll(async () => {
    for (const crd of crds) await installCrd(api, withoutRules(crd));
    for (const { document } of stored) {
      await waitUntil(
        document.kind,
        () => api.create(document),
        ({ status }) => status !== 404,
      );
      ok(await api.get(document));
    }
    for (const crd of crds) ok(await api.apply(crd, { force: true }));
    // The new schema is served a moment after it was taken.
    const [first, last] = [stored[0]!, stored.at(-1)!];
    for (const { document } of [first, last, stored.find(({ document: { kind } }) => kind === 'OpenClawClusterDefaults')!]) {
      const again = { ...document, metadata: { ...document.metadata, name: `${document.metadata.name}-x` } };
      await waitUntil(
        `the rules of ${document.kind}`,
        () => api.create(again, { dryRun: true }),
        ({ status }) => status === 422,
      );
    }
  }, 120_000);

  afterAll(async () => {
    for (const crd of crds) ok(await api.delete(crd));
  });

  test.each(stored)('$title: annotated, finalized, reported on and deleted', async ({ document }) => {
    ok(await api.patch(document, { metadata: { annotations: { a: 'b' }, finalizers: [finalizer] } }));
    const hasStatus = document.kind !== 'OpenClawClusterDefaults';
    const status = hasStatus ? { phase: 'Failed' } : { observedGeneration: 1 };
    expect(ok(await api.patch(document, { status }, 'status'))['status']).toEqual(status);
    ok(await api.delete(document));
    ok(await api.patch(document, { metadata: { finalizers: [] } }));
    await api.waitForGone(document);
  });

  test.each(refused)('$title: a new one is refused all the same', async ({ document }) => {
    expect((await api.create({ ...document, apiVersion: `${GROUP}/v1alpha1` }, { dryRun: true })).status).toBe(422);
  });

  test.each(['1bot', 'a-very-long-instance-name-of-a-customer-x'])(
    '%s can still be changed, and is judged by what changes',
    async (name) => {
      const older = crds.map(withoutRules);
      const document = { apiVersion: `${GROUP}/v1alpha1`, kind: 'OpenClawInstance', metadata: { name, namespace: 'default' }, spec: {} };
      ok(await api.apply(older[0]!, { force: true }));
      await waitUntil(
        'the schema without rules',
        () => api.create(document),
        ({ status }) => status === 201 || status === 409,
      );
      ok(await api.apply(crds[0]!, { force: true }));
      const probe = { ...document, metadata: { ...document.metadata, name: '2bot' } };
      await waitUntil(
        'the rules',
        () => api.create(probe, { dryRun: true }),
        ({ status }) => status === 422,
      );
      const broken = { spec: { registry: 'https://registry.example.com' } };
      expect((await api.patch(document, broken)).status).toBe(422);
      expect(ok(await api.patch(document, { spec: { registry: 'registry.example.com' } }))['spec']).toEqual({
        registry: 'registry.example.com',
      });
      ok(await api.delete(document));
    },
  );
});

function nameOf({ metadata }: Document, index: number): string {
  return metadata.name === 'a' ? `a${index}` : metadata.name;
}
