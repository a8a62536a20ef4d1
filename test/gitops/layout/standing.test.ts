import { overridesIn } from '../../../gitops/layout/standing';

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

it('overrides are read as they were recorded', () => {
  const all = [{ field: 'spec.image.tag', value: '2026.9.7', reason: 'update', over: '2026.9.6' }];
  expect(overridesIn(JSON.stringify(all))).toEqual(all);
});

it.each(['', 'null', '{}', '[null]', '["spec"]', '[{"field": 1, "value": 1, "reason": ""}]', '[{"field": "spec.a", "reason": ""}]'])(
  'what people write in their place is none: %s',
  (text) => expect(overridesIn(text)).toBeUndefined(),
);

it('a value that nobody could look through is none either', () => {
  expect(overridesIn(`[{"field": "spec.config.raw", "reason": "", "value": ${deep}}]`)).toBeUndefined();
  expect(overridesIn(deep)).toBeUndefined();
});
