import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import { accepted } from '../imports/accepted';
import { instance, type Document } from '../imports/documents';
import { refused } from '../imports/refused-rules';
import { ok, type Answer } from './api';
import { crdFolder, installCrds } from './install-crds';
import { kubectl } from './kubectl';
import { describeWith, testApi, testCluster } from './parts';

const kinds = ['openclawinstances', 'openclawselfconfigs', 'openclawclusterdefaults'];

interface Cause {
  readonly field: string;
  readonly message: string;
}

const causes = (answer: Answer): readonly Cause[] => answer.body['details']?.causes ?? [];
const fields = (answer: Answer): string[] => causes(answer).map(({ field }) => field);

/** The server writes `<nil>` for an error at the root, and so names the note that it left rules out after other errors. */
const root = '<nil>';

const merged = (spec: object): Document => instance(spec, 'merged');

const claimPatch = (storageClass: string | null): object => ({ spec: { storage: { persistence: { storageClass } } } });

describeWith(['server'], 'the CRDs on a real API server', () => {
  const api = testApi();
  const dryRun = (document: Document): Promise<Answer> => api.create(document, { dryRun: true });

  beforeAll(() => installCrds(api));

  test('T-Q2 plain kubectl apply works, a second time too', async () => {
    const { status, stdout, stderr } = await kubectl(testCluster(), ['apply', '-f', join(crdFolder, 'all.yaml')]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.match(/unchanged/g)).toHaveLength(3);
  });

  test('the server finds nothing to say about the structure of the schemas', async () => {
    for (const kind of kinds) {
      const crd = ok(
        await api.get({
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: `${kind}.openclaw.rocks` },
        }),
      );
      const conditions: readonly { type: string; status: string }[] = crd['status'].conditions;
      expect(
        conditions
          .filter(({ status }) => status === 'True')
          .map(({ type }) => type)
          .toSorted(),
      ).toEqual(['Established', 'NamesAccepted']);
    }
  });

  test('T-R13 what is stored is what the user wrote, with the defaults inside the groups that were written', async () => {
    expect(ok(await dryRun(instance({})))['spec']).toEqual({});
    expect(ok(await dryRun(instance(undefined)))['spec']).toBeUndefined();
    expect(ok(await dryRun(instance({ gateway: {}, workspace: { bootstrap: {} } })))['spec']).toEqual({
      gateway: { enabled: true },
      workspace: { bootstrap: { enabled: true } },
    });
  });

  test('T-R13 kubectl get shows the fields of the user and no other, in 2.2 KB at most', async () => {
    const written = { image: { tag: '2026.9.6' }, envFrom: [{ secretRef: { name: 'keys' } }] };
    ok(await api.create(instance(written, 'shown')));
    try {
      const shown = await kubectl(testCluster(), ['get', 'openclawinstance', 'shown', '-n', 'default', '-o', 'yaml']);
      expect(parse(shown.stdout).spec).toEqual(written);
      expect(JSON.stringify(ok(await api.get(instance(written, 'shown')))).length).toBeLessThanOrEqual(2200);
    } finally {
      ok(await api.delete(instance({}, 'shown')));
    }
  });

  test('T-C7 probes: null is taken by create, update and server-side apply: resolve fills in the default probes', async () => {
    expect(ok(await dryRun(instance({ probes: null })))['spec']).toEqual({ probes: null });
    expect(ok(await api.apply(instance({ probes: null }), { dryRun: true }))['spec']).toEqual({ probes: null });
    const live = instance({ probes: { liveness: { enabled: false } } }, 'null-probes');
    ok(await api.create(live));
    try {
      expect(ok(await api.patch(live, { spec: { probes: null } }))['spec']).toEqual({});
    } finally {
      ok(await api.delete(live));
    }
  });

  test('T-Q5 neither tag nor digest is put into an image', async () => {
    expect(ok(await dryRun(instance({})))['spec'].image).toBeUndefined();
    expect(ok(await dryRun(instance({ image: {} })))['spec'].image).toEqual({});
  });

  test('kubectl explain answers inside an embedded type', async () => {
    const { stdout } = await kubectl(testCluster(), ['explain', 'openclawinstance.spec.sidecars.resources']);
    expect(stdout).toMatch(/limits\s+<map/);
    expect(stdout).toMatch(/requests\s+<map/);
  });

  test('the columns and short names are those of the reference', async () => {
    ok(await api.create(instance({}, 'columns')));
    try {
      const listed = await kubectl(testCluster(), ['get', 'openclawinstances', '-n', 'default']);
      expect(listed.stdout.split('\n')[0]?.trim().split(/\s+/)).toEqual(['NAME', 'PHASE', 'READY', 'GATEWAY', 'AGE']);
      const category = await kubectl(testCluster(), ['get', 'openclaw', '-n', 'default', '-o', 'name']);
      expect(category.stdout).toContain('openclawinstance.openclaw.rocks/columns');
      for (const name of ['ocsc', 'occd']) expect((await kubectl(testCluster(), ['get', name, '-A'])).status).toBe(0);
    } finally {
      ok(await api.delete(instance({}, 'columns')));
    }
  });

  test('wrong types inside a sidecar are refused with their paths', async () => {
    const answer = await dryRun(
      instance({
        sidecars: [
          { name: 'a', image: 7, imagePullPolicy: 'Sometimes', tty: 'yes', ports: [{}], resources: { limits: { memory: '10GB' } } },
        ],
      }),
    );
    expect(answer.status).toBe(422);
    expect(fields(answer).toSorted()).toEqual([
      root,
      'spec.sidecars[0].image',
      'spec.sidecars[0].imagePullPolicy',
      'spec.sidecars[0].ports[0].containerPort',
      'spec.sidecars[0].resources.limits.memory',
      'spec.sidecars[0].tty',
    ]);
  });

  test('T-K4 an amount that is none is refused', async () => {
    for (const spec of [{ storage: { persistence: { size: '10GB' } } }, { resources: { limits: { memory: '4 Gi' } } }]) {
      expect((await dryRun(instance(spec))).status).toBe(422);
    }
  });

  test('fields that the embedded schemas do not know pass, at every depth', async () => {
    const sidecar = {
      name: 'a',
      image: 'x',
      newField: { deep: 1 },
      securityContext: { newField: true },
      ports: [{ containerPort: 1, hostIP: '1.2.3.4', newField: 1 }],
      livenessProbe: { httpGet: { port: 'http', newField: 1 }, newField: 2 },
      env: [{ name: 'A', valueFrom: { newSource: { x: 1 } } }],
    };
    const affinity = { nodeAffinity: { newField: 1 }, newAffinity: {} };
    const spec = ok(
      await dryRun(instance({ sidecars: [sidecar], extraVolumes: [{ name: 'v', newSource: { a: 1 } }], availability: { affinity } })),
    )['spec'];
    expect(spec.sidecars).toEqual([sidecar]);
    expect(spec.extraVolumes).toEqual([{ name: 'v', newSource: { a: 1 } }]);
    expect(spec.availability.affinity).toEqual(affinity);
  });

  test('an unknown field of our own is refused when strict and dropped otherwise', async () => {
    const document = instance({ chromium: { enable: true } });
    expect((await dryRun(document)).status).toBe(400);
    expect(ok(await api.create(document, { dryRun: true, fieldValidation: 'Ignore' }))['spec'].chromium.enable).toBeUndefined();
  });

  test('T-A11 T-N4 env, skills and containers merge by key between field managers', async () => {
    ok(
      await api.apply(merged({ env: [{ name: 'A', value: '1' }], skills: ['a'], sidecars: [{ name: 'a', image: 'x' }] }), {
        fieldManager: 'one',
      }),
    );
    try {
      const spec = ok(
        await api.apply(merged({ env: [{ name: 'B', value: '2' }], skills: ['b'], sidecars: [{ name: 'b', image: 'y' }] }), {
          fieldManager: 'two',
        }),
      )['spec'];
      expect(spec.env).toEqual([
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ]);
      expect(spec.skills.toSorted()).toEqual(['a', 'b']);
      expect(spec.sidecars.map(({ name }: { name: string }) => name).toSorted()).toEqual(['a', 'b']);
      const twice = await dryRun(instance({ env: [{ name: 'A' }, { name: 'A' }] }));
      expect(fields(twice)).toEqual(['spec.env[1]']);
    } finally {
      ok(await api.delete(merged({})));
    }
  });

  test('storageClass may be set and unset but not changed', async () => {
    const document = instance({ storage: { persistence: { storageClass: 'fast' } } }, 'class');
    ok(await api.create(document));
    try {
      const answer = await api.patch(document, claimPatch('slow'));
      expect(causes(answer).map(({ field, message }) => `${field} ${message}`)).toEqual([
        expect.stringContaining('spec.storage.persistence.storageClass Invalid value: "slow": storageClass cannot be changed'),
      ]);
      ok(await api.patch(document, claimPatch('fast')));
      ok(await api.patch(document, claimPatch(null)));
      ok(await api.patch(document, claimPatch('slow')));
    } finally {
      ok(await api.delete(document));
    }
  });

  test('status takes what the controller reports, apart from the spec', async () => {
    const document = instance({}, 'status');
    ok(await api.create(document));
    try {
      const condition = {
        type: 'Ready',
        status: 'True',
        reason: 'ReconcileSucceeded',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const status = {
        phase: 'Suspended',
        delivery: 'git',
        git: { repository: 'https://example.test/x.git', branch: 'main', path: 'a', tree: 'b', commit: 'c' },
        conditions: [condition],
        autoUpdate: { updatePhase: '' },
        managedResources: { statefulSet: 'status' },
      };
      expect(ok(await api.patch(document, { status, spec: { suspended: true } }, 'status'))['status']).toEqual(status);
      expect(ok(await api.get(document))['spec']).toEqual({});
      expect((await api.patch(document, { status: { phase: 'Ready' } }, 'status')).status).toBe(422);
    } finally {
      ok(await api.delete(document));
    }
  });

  test.each(accepted)('accepts $title', async ({ document }) => {
    expect(ok(await dryRun(document))).toBeDefined();
  });

  test.each(refused)('refuses $title', async ({ document, path, says }) => {
    const answer = await dryRun(document);
    expect(answer.status).toBe(422);
    expect(causes(answer).map(({ field, message }) => ({ field, message }))).toEqual([
      { field: path || root, message: expect.stringContaining(says) },
    ]);
  });
});

// Another release of Kubernetes has other schemas.
const otherServer = process.env['KUBEBUILDER_ASSETS'] ? 'KUBEBUILDER_ASSETS may hold another release of the server' : undefined;

describeWith(['server', { why: otherServer }], 'imports/source/kubernetes.json', () => {
  test('is what the pinned server publishes', () => {
    const program = join(crdFolder, '..', 'source', 'extract-kubernetes.mjs');
    const environment = { ...process.env, KUBECONFIG: testCluster().kubeconfig };
    const { status, stderr } = spawnSync(process.execPath, [program, '--check'], { encoding: 'utf8', env: environment });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
