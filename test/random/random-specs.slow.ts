import * as fc from 'fast-check';
import { isError, render, resolve } from '../../constructs';
import { schemaOf } from '../../constructs/schema/schemas';
import { size } from '../long';
import { brokenSpecs, isSurelyBroken } from './broken';
import { instances } from './specs';

/** The cluster tests ask the API server too; here is what can be known without one. */
const RUNS = { numRuns: size(100, 2000) };

describe('random instances', () => {
  test('what is valid resolves, and renders twice to the same bytes, each object with a name of its own', () => {
    fc.assert(
      fc.property(instances, ({ written, facts }) => {
        const once = renderText(written, facts);
        expect(renderText(JSON.parse(JSON.stringify(written)), facts)).toBe(once);
      }),
      RUNS,
    );
  });

  test('neither resolve nor render changes what it is given', () => {
    fc.assert(
      fc.property(instances, ({ written, facts }) => {
        const before = JSON.stringify(written);
        renderText(written, facts);
        expect(JSON.stringify(written)).toBe(before);
      }),
      RUNS,
    );
  });

  test('what is broken is refused, with a path for each error, and nothing throws', () => {
    fc.assert(
      fc.property(brokenSpecs(schemaOf('openclawinstances').properties?.['spec'] ?? {}), (broken) => {
        const metadata = { name: 'broken', namespace: 'openclaw' };
        const resolution = resolve({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata, spec: broken.spec });
        fc.pre(isSurelyBroken(broken) || !resolution.ok);
        const errors = resolution.ok ? [] : resolution.issues.filter(isError);
        expect(errors).not.toEqual([]);
        expect(errors.filter(({ path }) => !path.startsWith('spec'))).toEqual([]);
      }),
      RUNS,
    );
  });
});

function renderText(written: Parameters<typeof resolve>[0], facts: Parameters<typeof resolve>[1]): string {
  const resolution = resolve(written, facts);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  const manifests = render(resolution.instance);
  const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  if (new Set(names).size < names.length) throw new Error(`one name twice: ${names.join(' ')}`);
  return JSON.stringify(manifests);
}
