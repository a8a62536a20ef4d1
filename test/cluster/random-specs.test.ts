import * as fc from 'fast-check';
import { type Issue, isError, type Manifest, render, resolve } from '../../constructs';
import type { JsonObject, StructuralSchema } from '../../constructs/schema/structural';
import { admit } from '../../constructs/resolve/admission';
import { schemaOf } from '../../constructs/schema/schemas';
import { size } from '../long';
import { brokenSpecs, isSurelyBroken } from '../random/broken';
import { instances, NEWER_FIELD, newerInstances, type RandomInstance, RUNTIME_CLASS } from '../random/specs';
import { ok, type Answer, type KubeObject } from './api';
import { podOf } from './example-surroundings';
import { installForeignCrds } from './foreign';
import { installCrds } from './install-crds';
import { createNamespace } from './namespaces';
import { describeWith, testApi } from './parts';
import { localVerdict, normal, serverVerdict, type Send, type Verdict } from './schema-verdicts';

/** How many instances of each sort are tried. */
const COUNT = size(40, 10_000);

/** A failure prints its seed; `RANDOM_SEED=...` runs it again. */
const seed = process.env['RANDOM_SEED'];
const RUNS = { numRuns: COUNT, ...(seed !== undefined && { seed: Number(seed) }) };
const runtimeClass: KubeObject = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: RUNTIME_CLASS },
  handler: 'runsc',
};
const TIMEOUT = 60_000 + COUNT * 500;

describeWith(['server', 'traefik', 'gateway-api', 'prometheus-operator'], 'random instances on a real API server', () => {
  const api = testApi();
  const schema: StructuralSchema = schemaOf('openclawinstances');
  const specSchema = schema.properties?.['spec'] ?? {};
  let namespace: string;

  beforeAll(async () => {
    await installCrds(api);
    await installForeignCrds(api);
    ok(await api.apply(runtimeClass));
    namespace = await createNamespace(api, 'restricted');
  });

  const send: Send = (body, fieldValidation) =>
    api.request('POST', `/apis/openclaw.rocks/v1alpha1/namespaces/${namespace}/openclawinstances`, {
      body,
      query: { dryRun: 'All', fieldValidation },
    });

  const placed = (written: RandomInstance['written']): JsonObject => {
    const metadata = { ...written.metadata, namespace };
    return JSON.parse(JSON.stringify({ ...written, metadata }));
  };

  test(
    `${COUNT} that must be accepted are, with all their manifests and pods`,
    async () => {
      await fc.assert(
        fc.asyncProperty(instances, async ({ written, facts }) => {
          const document = placed(written);
          expect(localVerdict(schema, document)).toEqual(await serverVerdict(send, document));
          const resolution = resolve(document as unknown as RandomInstance['written'], facts);
          expect(resolution.ok ? [] : resolution.issues).toEqual([]);
          if (!resolution.ok) return;
          expect(resolution.warnings.filter(({ rule }) => rule === 'pod-security/restricted')).toEqual([]);
          expect(await refusals(render(resolution.instance))).toEqual([]);
        }),
        RUNS,
      );
    },
    TIMEOUT,
  );

  test(
    `${COUNT} with fields newer than the schemas: kept by both sides, named in warnings, and whole in the manifests`,
    async () => {
      await fc.assert(
        fc.asyncProperty(newerInstances, async ({ written, facts, added }) => {
          const document = placed(written);
          expect(localVerdict(schema, document)).toEqual(await serverVerdict(send, document));
          const resolution = resolve(document as unknown as RandomInstance['written'], facts);
          if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
          const told = resolution.warnings.filter(({ rule }) => rule === 'schema/unknown-field').map(({ path }) => path);
          expect(told.toSorted()).toEqual(added.toSorted());
          // Sorted keys, as in our manifests.
          const text = JSON.stringify({ [NEWER_FIELD.name]: NEWER_FIELD.value }).slice(1, -1);
          const workload = render(resolution.instance).find(({ kind }) => kind === 'StatefulSet');
          // Programs that install things get the variables of the agent too.
          expect(JSON.stringify(workload).split(text).length).toBeGreaterThan(added.length);
        }),
        RUNS,
      );
    },
    TIMEOUT,
  );

  test(
    `${COUNT} that are broken are refused by both sides, with the same paths`,
    async () => {
      await fc.assert(
        fc.asyncProperty(brokenSpecs(specSchema), async (broken) => {
          const document: JsonObject = {
            apiVersion: 'openclaw.rocks/v1alpha1',
            kind: 'OpenClawInstance',
            metadata: { name: 'broken' },
            spec: broken.spec,
          };
          const theirs = await serverVerdict(send, document);
          expect(localVerdict(schema, document)).toEqual(theirs);
          const isRefused = theirs.unknown.length + theirs.errors.length > 0;
          expect({ ...broken, isRefused: isRefused || !isSurelyBroken(broken) }).toEqual({ ...broken, isRefused: true });
          fc.pre(isRefused);
          const resolution = resolve(document as unknown as RandomInstance['written']);
          const told = resolution.ok ? [] : errorPaths(resolution.issues);
          expect(errorPaths(admit(schema, document).issues)).toEqual(pathsOf(theirs));
          // A person is also told what the rules can say in spite of a wrong shape; the server leaves them out then.
          expect(told).toEqual(expect.arrayContaining(pathsOf(theirs)));
        }),
        RUNS,
      );
    },
    TIMEOUT,
  );

  /** What the server says against the manifests of one instance, and against its pod. */
  async function refusals(manifests: readonly Manifest[]): Promise<string[]> {
    const applied = await Promise.all(manifests.map((manifest) => api.apply(manifest, { dryRun: true })));
    const pods = await Promise.all(manifests.filter(({ kind }) => kind === 'StatefulSet').map(createPod));
    return [...applied, ...pods].flatMap(complaints);
  }

  /** Pod Security enforces its level on pods only. The accounts of random instances do not exist, and a pod must have one. */
  async function createPod(workload: Manifest): Promise<Answer> {
    const pod: KubeObject = podOf(workload, namespace);
    const runnable: KubeObject = { ...pod, spec: { ...pod['spec'], serviceAccountName: 'default' } };
    return api.create(runnable, { dryRun: true });
  }
});

/** The paths of a verdict, of every stage together. */
function pathsOf({ unknown, errors }: Verdict): string[] {
  return [...new Set([...unknown, ...errors.map((text) => text.replace(/ \w+$/, ''))])].toSorted();
}

/** The paths of our errors, with keys of maps written as in a verdict. What no CRD can say is checked by rules of ours alone. */
function errorPaths(issues: readonly Issue[]): string[] {
  const paths = issues.filter((issue) => isError(issue) && /^(schema|rule)\//.test(issue.rule)).map(({ path }) => normal(path));
  return [...new Set(paths)].toSorted();
}

function complaints({ status, body, warnings }: Answer): string[] {
  const refused = status >= 300 ? [`${status} ${String(body['message'])}`] : [];
  return [...refused, ...warnings.filter((text) => text.includes('PodSecurity'))];
}
