import { readInputs } from '../../../app/input/inputs';
import { growth, LINEAR } from '../../growth';
import { folderWith, instanceYaml, removeFolders, run } from '../program';

afterAll(removeFolders);

function many(count: number, spec: string): string {
  return Array.from({ length: count }, (_, index) => instanceYaml(`a${index}`, { spec })).join('---\n');
}

describe('T-R27 a run over many instances', () => {
  it('is told in a few lines with counts', async () => {
    const folder = folderWith({ 'a.yaml': many(200, '{}') });
    const { code, stderr } = await run('synth', folder);
    const lines = stderr.trimEnd().split('\n');
    expect({ code, count: lines.length, last: lines.slice(-4, -1) }).toEqual({
      code: 0,
      count: 24,
      last: [
        '180 more warnings (180 image/latest); --verbose tells all',
        '200 instances: 2000 objects',
        '200 objects must exist in the cluster before the pods can start (200 Secret); --verbose tells each with its command',
      ],
    });
  });

  it('is told in full with --verbose', async () => {
    const { stderr } = await run('synth', '--verbose', folderWith({ 'a.yaml': many(50, '{}') }));
    expect(stderr.match(/image\.tag: is "latest"/g)).toHaveLength(50);
    expect(stderr.match(/^team-a\/a\d+: 10 objects$/gm)).toHaveLength(50);
    expect(stderr.match(/create secret generic a\d+-gateway-token /g)).toHaveLength(50);
  });

  it('shows each kind of error, however many there are of one', async () => {
    const wrong = `${many(50, '{imagee: {}}')}---\n${instanceYaml('b', { spec: '{gateway: {enabled: 5}}' })}`;
    const { code, stderr } = await run('validate', folderWith({ 'a.yaml': wrong }));
    expect(code).toBe(1);
    expect(stderr.match(/imagee: unknown field/g)).toHaveLength(20);
    expect(stderr).toContain('spec.gateway.enabled: must be');
    expect(stderr).toMatch(/\n30 more errors \(30 schema\/unknown-field\); --verbose tells all\n/);
    expect(stderr).toMatch(/\n51 errors; nothing was written\n$/);
  });

  it('counts the files of a folder, and what others left there', async () => {
    const foreign = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`values-${index}.yaml`, 'a: 1\n']));
    const folder = folderWith({ 'a.yaml': many(30, '{image: {tag: "2026.9.6"}}'), ...foreign });
    const { stderr } = await run('synth', '-d', `${folderWith()}/out`, folder);
    expect(stderr.match(/: note: /g)).toHaveLength(20);
    expect(stderr).toContain('\n10 more left out; --verbose tells all\n');
    expect(stderr).toMatch(/\/out: 30 created\n$/);
  });
});

/** Finds the places of `count` issues, all in one mapping. */
function locateAll(count: number): void {
  const fields = Array.from({ length: count }, (_, index) => `    k${index}: 1\n`).join('');
  const text = `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata: {name: a}\nspec:\n  gateway:\n${fields}`;
  const { instances } = readInputs([folderWith({ 'a.yaml': text })]);
  const [document] = instances;
  for (let index = 0; index < count; index += 1) {
    expect(document?.locate(['spec', 'gateway', `k${index}`]).line).toBe(6 + index);
  }
}

describe('T-R27 the place of an issue', () => {
  it('is found in a time that does not grow with the number of issues', () => {
    expect(growth(locateAll, 10_000)).toBeLessThan(LINEAR);
  });

  it('is found through aliases, merges and keys that look like numbers', () => {
    const text = [
      'apiVersion: openclaw.rocks/v1alpha1',
      'kind: OpenClawInstance',
      'metadata: {name: a}',
      'x: &base',
      '  tag: one',
      '  digest: two',
      'spec:',
      '  image:',
      '    <<: *base',
      '    tag: three',
      '  nodeSelector: {5: x}',
      '  other: *base',
      '',
    ].join('\n');
    const [document] = readInputs([folderWith({ 'a.yaml': text })]).instances;
    const lineOf = (...path: (string | number)[]): number | undefined => document?.locate(path).line;
    expect([
      lineOf('spec', 'image', 'tag'),
      lineOf('spec', 'image', 'digest'),
      lineOf('spec', 'nodeSelector', 5),
      lineOf('spec', 'other', 'tag'),
    ]).toEqual([10, 6, 11, 5]);
    expect(lineOf('spec', 'image', 'none')).toBe(8);
  });
});
