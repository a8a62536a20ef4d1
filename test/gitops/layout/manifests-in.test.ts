import { manifestsIn } from '../../../gitops/layout/manifests-in';

const NAME = { name: 'alice' };
const whole = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a' } };

it('reads objects, and leaves out what Git mode adds', () => {
  const marker = { ...whole, kind: 'ConfigMap', metadata: { name: 'alice-release' } };
  const text = [whole, marker].map((object) => `---\n${JSON.stringify(object)}\n`).join('');
  expect(manifestsIn(text, NAME)).toEqual([whole]);
});

it.each<[string, unknown]>([
  ['nothing', null],
  ['a list', [whole]],
  ['no version', { ...whole, apiVersion: undefined }],
  ['no kind', { ...whole, kind: null }],
  ['a kind that is a number', { ...whole, kind: 7 }],
  ['no metadata', { ...whole, metadata: null }],
  ['a name that is none', { ...whole, metadata: { name: ['alice'] } }],
  ['a namespace that is none', { ...whole, metadata: { name: 'alice', namespace: {} } }],
])('what somebody wrote is no object: %s', (_what, value) => {
  expect(manifestsIn(JSON.stringify(value), NAME)).toEqual([]);
});

it.each(['a: [', 'a: &a [*a]', `${'['.repeat(2000)}${']'.repeat(2000)}`, 'a: 1\na: 2'])(
  'a text that cannot be read has none: %.20s',
  (text) => {
    expect(manifestsIn(text, NAME)).toEqual([]);
  },
);
