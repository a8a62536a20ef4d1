import { planOf } from '../../../constructs/review/plan';
import { instanceLines, summaryLines } from '../../../constructs/review/plan-summary';
import type { ManifestSet } from '../../../constructs';
import { type Modifier, anInstance, rendered, withConfig, withEnv, withIngress, withSpec } from '../../builders';

function set(...modifiers: readonly Modifier[]): ManifestSet {
  return { name: 'alice', namespace: 'team-a', manifests: rendered(anInstance('alice', ...modifiers)).manifests };
}

/** A plan in short, from one spec to the other. */
function lines(before: readonly Modifier[], after: readonly Modifier[]): string[] {
  return planOf([set(...before)], [set(...after)]).instances.flatMap(summaryLines);
}

const tag = (text: string): Modifier => withSpec({ image: { tag: text } });

it('names fields, and counts what there may be many of', () => {
  const after = [tag('2026.9.7'), withEnv({ name: 'A', value: '2' }, { name: 'B', value: 'x' }, { name: 'C', value: 'y' })];
  expect(lines([tag('2026.9.6'), withEnv({ name: 'A', value: '1' })], after)).toEqual([
    'StatefulSet/alice  image, 2 env added, 1 env changed  (restart)',
  ]);
});

it('tells what comes and goes, with what that may cost', () => {
  const ingress = withIngress('nginx', { hosts: [{ host: 'a.example.com' }] });
  expect(lines([], [ingress])).toContain('Ingress/alice  created  (exposure)');
  expect(lines([ingress], [])).toContain('Ingress/alice  deleted  (exposure)');
});

it('says of a text no more than that it changed', () => {
  const told = lines([withConfig({ a: 'b' })], [withConfig({ a: 'hunter2-hunter2' })]);
  expect(told.find((line) => line.startsWith('ConfigMap/'))).toBe('ConfigMap/alice-config  1 key changed');
  expect(told.join()).not.toContain('hunter2');
});

it('cannot be broken into another line', () => {
  const change = {
    namespace: 'team-a',
    objects: [{ ref: { apiVersion: 'v1', kind: 'ConfigMap', name: 'a\nOpenClaw-Engine: x' }, action: 'created', fields: [], risks: [] }],
  } as const;
  expect(summaryLines(change)).toEqual(['ConfigMap/a\\u000aOpenClaw-Engine: x  created']);
});

it('has one line an instance where there are several', () => {
  const gone = { ...set(), name: 'bob' };
  expect(instanceLines(planOf([gone], [set()]))).toEqual([
    expect.stringMatching(/^team-a\/alice {2}created, \d+ objects {2}\(exposure, RBAC, cost\)$/),
    expect.stringMatching(/^team-a\/bob {2}deleted, \d+ objects {2}\(data, exposure, RBAC, restart, cost\)$/),
  ]);
});
