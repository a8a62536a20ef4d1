import * as fc from 'fast-check';
import { withSharedParts } from '../../../controller/objects/shared-parts';
import { render, resolve } from '../../../constructs';
import { anInstance } from '../../builders';

/** As a server sends them: nothing in them is shared. */
function manifests(name: string): readonly object[] {
  const resolution = resolve(anInstance(name));
  if (!resolution.ok) throw new Error('the instance is refused');
  return JSON.parse(JSON.stringify(render(resolution.instance))) as readonly object[];
}

function parts(object: object): unknown[] {
  return Object.values(object).filter((part) => JSON.stringify(part).length < 2000);
}

describe('parts that objects have in common', () => {
  it('are the same in memory, and the objects stay as they are', () => {
    for (const [index, manifest] of manifests('alice').entries()) {
      const [one, other] = [withSharedParts(manifest), withSharedParts(manifests('alice')[index] ?? {})];
      expect(one).toEqual(manifest);
      expect(parts(other).filter((part, at) => part !== parts(one)[at])).toEqual([]);
    }
  });

  it('change nothing of any object, are read-only, and have bounds', () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 4, values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)] }), (object) => {
        const plain = JSON.parse(JSON.stringify(object)) as object;
        expect(withSharedParts(plain)).toEqual(plain);
        expect(Object.isFrozen(withSharedParts(plain))).toBe(true);
      }),
      { numRuns: 100 },
    );
    const long = { text: 'x'.repeat(100_000) };
    expect(withSharedParts(long)).toEqual(long);
  });

  it('do not overflow the stack, however deep an object is', () => {
    let deep: object = {};
    for (let level = 0; level < 20_000; level += 1) deep = { deep };
    expect(withSharedParts({ kind: 'Middleware', deep })).toMatchObject({ kind: 'Middleware' });
  });
});
