import { type Manifest, render, resolve } from '../../constructs';
import { parts } from '../../constructs/parts';
import { isError } from '../../constructs/spec/issue';
import { anInstance, withMistake } from '../builders';
import { type ValueCase, tailOf } from '../values/case';
import { containerCases } from '../values/containers';
import { objectCases } from '../values/objects';
import { podCases } from '../values/pods';
import type { Answer, KubeObject } from './api';
import { podOf } from './example-surroundings';
import { createNamespace } from './namespaces';
import { describeWith, testApi } from './parts';

const cases: readonly ValueCase[] = [...containerCases, ...podCases, ...objectCases];

/** The parts without their checks: what we refuse has to be rendered for the server to judge it. */
const unchecked = parts.map(({ checks: _checks, ...part }) => part);

describeWith(['server'], 'T-R18 the rules of values of a real API server', () => {
  const api = testApi();
  let namespace: string;

  beforeAll(async () => {
    namespace = await createNamespace(api, 'open');
  });

  function manifestsOf(spec: ValueCase['bad']): Manifest[] {
    const written = anInstance(withMistake(spec));
    const resolution = resolve({ ...written, metadata: { ...written.metadata, namespace } }, {}, { parts: unchecked });
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
    return render(resolution.instance);
  }

  /** What the server has against the manifests of a spec, and against its pod: the fields that it names, or its message where it names none. */
  async function complaints(spec: ValueCase['bad']): Promise<string[]> {
    const manifests = manifestsOf(spec);
    const applied = await Promise.all(manifests.map((manifest) => api.apply(manifest, { dryRun: true })));
    const pods = manifests.filter(({ kind }) => kind === 'StatefulSet').map((workload) => runnable(podOf(workload, namespace)));
    const created = await Promise.all(pods.map((pod) => api.create(pod, { dryRun: true })));
    return [...applied, ...created].filter(({ status }) => status >= 300).flatMap(told);
  }

  /** How often both sides warn of a size. */
  async function warned(size: string): Promise<{ ours: number; theirs: number }> {
    const answers = await Promise.all(manifestsOf(sized(size)).map((manifest) => api.apply(manifest, { dryRun: true })));
    const theirs = answers.flatMap(({ warnings }) => warnings).filter((text) => text.includes('fractional byte value'));
    const resolution = resolve(anInstance(withMistake(sized(size))));
    const ours = resolution.ok ? resolution.warnings.filter(({ rule }) => rule === 'values/fractional-bytes') : [];
    return { ours: ours.length, theirs: theirs.length };
  }

  test.each(cases)('$holds', async (one) => {
    expect(await complaints(one.good)).toEqual([]);
    const theirs = await complaints(one.bad);
    expect(theirs).toContainEqual(expect.stringContaining(tailOf(one)));

    const ours = resolve(anInstance(withMistake(one.bad)));
    expect(ours.ok ? [] : ours.issues.filter(isError).map(({ path }) => path)).toEqual([one.path]);
  });

  test('T-R22 sizes that are no whole number of bytes are warned of, by both', async () => {
    for (const size of ['1.2Gi', '0.3Gi', '1.1Mi', '1024.5']) {
      const { ours, theirs } = await warned(size);
      expect({ size, ours, theirs }).toEqual({ size, ours: 3, theirs: 3 });
    }
    for (const size of ['1.5Mi', '0.5Gi', '1.25Gi', '1Gi', '1e9', '1500M'])
      expect({ size, ...(await warned(size)) }).toEqual({ size, ours: 0, theirs: 0 });
  });
});

/** Sizes in the three places where the server looks at them. */
const sized = (size: string) => ({
  storage: { persistence: { size } },
  resources: { requests: { memory: size } },
  sidecars: [{ name: 'side', image: 'example.com/side:1', resources: { limits: { 'ephemeral-storage': size } } }],
});

/** The accounts of these pods do not exist, and a pod must have one. */
function runnable(pod: KubeObject): KubeObject {
  return { ...pod, spec: { ...pod['spec'], serviceAccountName: 'default' } };
}

function told({ body }: Answer): string[] {
  const causes: readonly { readonly field?: string }[] = body['details']?.causes ?? [];
  const fields = causes.flatMap(({ field }) => (field === undefined ? [] : [field]));
  return fields.length > 0 ? fields : [String(body['message'])];
}
