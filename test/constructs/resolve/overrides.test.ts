import { type Override, render, resolve } from '../../../constructs';
import { anInstance, withSpec } from '../../builders';

function outcome(overrides: readonly Override[], ...modifiers: Parameters<typeof anInstance>) {
  return resolve(anInstance(...modifiers), {}, { overrides });
}

/** The StatefulSet with these overrides. */
function workload(overrides: readonly Override[], ...modifiers: Parameters<typeof anInstance>) {
  const resolution = outcome(overrides, ...modifiers);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  const found = render(resolution.instance).find(({ kind }) => kind === 'StatefulSet');
  return found?.['spec'] as { replicas: number; template: { spec: { containers: { image: string }[] } } };
}

const image: Override = { field: 'spec.image.tag', value: '2025.1.1', reason: 'update' };
const none: Override = { field: 'replicas', value: 0, reason: 'backup' };

describe('overrides', () => {
  it('E40 hold in place of what is written: the image, and how many pods there are', () => {
    expect(workload([]).replicas).toBe(1);
    expect(workload([none]).replicas).toBe(0);
    expect(workload([image]).template.spec.containers[0]?.image).toMatch(/:2025\.1\.1$/);
  });

  it('decide on pods before `suspended` does', () => {
    expect(workload([{ ...none, value: 1 }], withSpec({ suspended: true })).replicas).toBe(1);
  });

  it('of an image decide on the dialect: they come before what is derived', () => {
    const [old, now] = [outcome([image]), outcome([])];
    if (!old.ok || !now.ok) throw new Error('refused');
    expect(old.instance.dialect).not.toBe(now.instance.dialect);
  });

  it('of a group that nobody wrote make the group', () => {
    const resolution = outcome([{ field: 'spec.availability.nodeSelector', value: { zone: 'b' }, reason: 'move' }]);
    expect(resolution.ok && resolution.instance.spec.availability.nodeSelector).toEqual({ zone: 'b' });
  });

  it('change neither the written document nor what is resolved without them', () => {
    const written = anInstance();
    const before = JSON.stringify(written);
    resolve(written, {}, { overrides: [image, none] });
    expect(JSON.stringify(written)).toBe(before);
    const resolution = resolve(written);
    expect(resolution.ok && resolution.instance).not.toHaveProperty('overrides');
  });

  it.each<[string, Override, RegExp]>([
    ['a field that there is none of', { field: 'spec.image.tagg', value: 'x', reason: '' }, /spec\.image\.tagg: /],
    ['a value of the wrong shape', { field: 'spec.image.tag', value: 7, reason: '' }, /spec\.image\.tag: /],
    ['something outside the spec', { field: 'metadata.name', value: 'bob', reason: '' }, /status\.overrides: "metadata\.name" is no field/],
    ['half a pod', { field: 'replicas', value: 0.5, reason: '' }, /status\.overrides: replicas must be a whole number/],
  ])('that ask for %s are refused', (_what, override, expected) => {
    const resolution = outcome([override]);
    if (resolution.ok) throw new Error('let pass');
    expect(resolution.issues.map(({ path, message }) => `${path}: ${message}`).join('\n')).toMatch(expected);
  });
});
