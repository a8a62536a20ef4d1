import { isNewer, newestOf, releaseOf } from '../../../../controller/observe/releases/release-order';

it.each<[string, string]>([
  ['2026.9.6', '2026.10.1'],
  ['2026.9.6', '2026.9.10'],
  ['2026.12.1', '2027.1.0'],
  ['2026.7.1', '2026.7.1-2'],
  ['2026.7.1-2', '2026.7.1-10'],
  ['2026.7.1-2', '2026.7.2'],
])('after %s comes %s', (older, newer) => {
  expect([isNewer(newer, older), isNewer(older, newer), isNewer(newer, newer)]).toEqual([true, false, false]);
});

it.each([
  'latest',
  '',
  '0.5.0',
  '12345',
  '2026.9',
  '2026.9.6.1',
  'v2026.9.6',
  '2026.9.0-beta.1',
  '2026.9.0-rc1',
  '2026.9.0-1-beta.2',
  '2026.9.6-',
  '20260.1.1',
  'sha256-ab',
])('%j is no release', (tag) => {
  expect(releaseOf(tag)).toBeUndefined();
  expect(isNewer(tag, '2026.1.1')).toBe(false);
  expect(isNewer('2099.1.1', tag)).toBe(false);
});

const TAGS = ['latest', '2026.9.6', '2026.9.7', '2026.9.7-slim', '2026.10.0-beta.1', '2026.9.8-amd64', '2026.9.6-slim', '9999', '2026.9.5'];

it.each([
  ['2026.9.6', '2026.9.7'],
  ['latest', '2026.9.7'],
  ['2026.9.6-slim', '2026.9.7-slim'],
  ['2026.9.6-amd64', '2026.9.8-amd64'],
])('the newest for %s is %s: of the same kind of image, and released', (current, expected) => {
  expect(newestOf(TAGS, current)).toBe(expected);
});

it('there may be none', () => {
  expect(newestOf(['latest', 'main'], '2026.9.6')).toBeUndefined();
});
