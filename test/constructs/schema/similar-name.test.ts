import { similarName } from '../../../constructs/schema/similar-name';

const NAMES = ['tag', 'image', 'command', 'networkPolicy', 'serviceAccountName', 'env', 'envFrom'];

describe('similarName', () => {
  test.each([
    ['tga', 'tag'],
    ['tags', 'tag'],
    ['Image', 'image'],
    ['comand', 'command'],
    ['commnda', 'command'],
    ['networkpolicy', 'networkPolicy'],
    ['networkPolicies', 'networkPolicy'],
    ['servceAcountNme', 'serviceAccountName'],
    ['envfrom', 'envFrom'],
    ['evn', 'env'],
    ['en', 'env'],
  ])('%s means %s', (wrong, meant) => {
    expect(similarName(wrong, NAMES)).toBe(meant);
  });

  test.each(['x', '', 'xyz', 'commission', 'environment'])('%j means none', (wrong) => {
    expect(similarName(wrong, NAMES)).toBeUndefined();
  });
});
