import { posix } from 'node:path';
import * as fc from 'fast-check';
import { normalizedPath } from '../../../constructs/hosts/mount-path';

describe('a normalized path', () => {
  it('is that of node, without a slash at the end', () => {
    const step = fc.constantFrom('', '.', '..', 'a', 'b..', '...');
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const path = steps.join('/');
        const theirs = posix.normalize(path);
        expect(normalizedPath(path)).toBe(theirs.length > 1 ? theirs.replace(/\/$/, '') : theirs);
      }),
    );
  });
});
