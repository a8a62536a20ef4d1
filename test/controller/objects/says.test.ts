import { says } from '../../../controller/objects/says';

describe('a live value says all that the desired one says', () => {
  it.each([
    ['the same', { a: [1, 'x', null, { b: true }] }, { a: [1, 'x', null, { b: true }] }],
    ['fields of others beside ours', { a: 1, theirs: 2, spec: { b: 1, theirs: 2 } }, { a: 1, spec: { b: 1 } }],
    ['defaults in the elements of a list', { list: [{ name: 'a', theirs: 1 }] }, { list: [{ name: 'a' }] }],
    ['nothing wanted', { a: 1 }, {}],
  ])('(%s)', (_what, live, desired) => {
    expect(says(live, desired)).toBe(true);
  });

  it.each([
    ['another value', { a: 1 }, { a: 2 }],
    ['no value', {}, { a: 1 }],
    ['another type', { a: [] }, { a: {} }],
    ['a text for a number', { a: '1' }, { a: 1 }],
    ['a list of more elements', { a: [1, 2] }, { a: [1] }],
    ['a list of fewer elements', { a: [1] }, { a: [1, 2] }],
    ['a list in another order', { a: [{ name: 'x' }, { name: 'y' }] }, { a: [{ name: 'y' }, { name: 'x' }] }],
    ['nothing at all', undefined, { a: 1 }],
  ])('and not with %s', (_what, live, desired) => {
    expect(says(live, desired)).toBe(false);
  });
});
