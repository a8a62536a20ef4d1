import { pathSteps } from '../../../app/input/field-path';
import { readYaml } from '../../../app/input/read-yaml';
import { fieldPath } from '../../../constructs/spec/issue';

describe('pathSteps', () => {
  it.each([
    ['', []],
    ['spec', ['spec']],
    ['spec.env[2].name', ['spec', 'env', 2, 'name']],
    ['spec.nodeSelector[a.b/c]', ['spec', 'nodeSelector', 'a.b/c']],
    ['spec.workspace.initialFiles[docs/a.md]', ['spec', 'workspace', 'initialFiles', 'docs/a.md']],
    ['a[0][1]', ['a', 0, 1]],
    ['a[]', ['a', '']],
  ])('reads %j', (path, steps) => {
    expect(pathSteps(path)).toEqual(steps);
  });

  it('is the inverse of what issues write', () => {
    const steps = ['spec', 'sidecars', 3, 'env', 0, 'value-from', 'kubernetes.io/arch', '$x', ''];
    expect(pathSteps(fieldPath(steps))).toEqual(steps);
  });

  it('finds a key that looks like an index', () => {
    const [document] = readYaml('a:\n  "5": x\nb:\n- y\n', 'a.yaml').documents;
    expect([pathSteps('a[5]'), pathSteps('b[0]'), pathSteps('b[7]')].map((steps) => document?.locate(steps).line)).toEqual([2, 4, 3]);
  });
});
