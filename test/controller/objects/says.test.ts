import { says } from '../../../controller/objects/says';

describe('a live value says all that the desired one says', () => {
  it.each([
    ['the same', { a: [1, 'x', null, { b: true }] }, { a: [1, 'x', null, { b: true }] }],
    ['fields of others beside ours', { a: 1, theirs: 2, spec: { b: 1, theirs: 2 } }, { a: 1, spec: { b: 1 } }],
    ['defaults in the elements of a list', { list: [{ name: 'a', theirs: 1 }] }, { list: [{ name: 'a' }] }],
    ['nothing wanted', { a: 1 }, {}],
    ['fields that say nothing left out', {}, { a: false, b: 0, c: '', d: [], e: {} }],
    ['quantities in another form', { cpu: '2', other: '500m', memory: '1Gi' }, { cpu: '2000m', other: 0.5, memory: '1024Mi' }],
  ])('(%s)', (_what, live, desired) => {
    expect(says(live, desired)).toBe(true);
  });

  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['no value', {}, { a: 1 }],
    ['another type', { a: [] }, { a: {} }],
    ['a text for a number', { a: 'x' }, { a: 1 }],
    ['another quantity', { cpu: '2' }, { cpu: '200m' }],
    ['a number for a text', { a: 1 }, { a: '1' }],
    ['a field left out that says something', {}, { a: true }],
    ['a list of more elements', { a: [1, 2] }, { a: [1] }],
    ['a list of fewer elements', { a: [1] }, { a: [1, 2] }],
    ['a list in another order', { a: [{ name: 'x' }, { name: 'y' }] }, { a: [{ name: 'y' }, { name: 'x' }] }],
    ['nothing at all', undefined, { a: 1 }],
  ])('and not with %s', (_what, live, desired) => {
    expect(says(live, desired)).toBe(false);
  });
});
