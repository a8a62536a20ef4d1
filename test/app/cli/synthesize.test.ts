import { synthesize } from '../../../app/cli/synthesize';
import { readInputs } from '../../../app/input/inputs';
import { folderWith, removeFolders } from '../program';

afterAll(removeFolders);

const SPEC = '{registry: 5, envFrom: 7}';

function documentOf(metadata: string): string {
  return `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata: ${metadata}\nspec: ${SPEC}\n`;
}

function pathsOf(files: Readonly<Record<string, string>>, namespace?: string): string[] {
  const { issues, sets } = synthesize(readInputs([folderWith(files)], namespace), true);
  expect(sets).toEqual([]);
  return issues.map(({ line, path }) => `${line} ${path}`);
}

describe('what is wrong with the name of an instance hides nothing else', () => {
  it.each([
    ['without a name', '{}', undefined, '3 metadata.name'],
    ['with a name that is no text', '{name: 7}', undefined, '3 metadata.name'],
    ['in what cannot be a namespace', '{name: a, namespace: A_b}', undefined, '3 metadata.namespace'],
    ['in another namespace than that asked for', '{name: a, namespace: b}', 'c', '3 metadata.namespace'],
  ])('%s', (_what, metadata, namespace, expected) => {
    expect(pathsOf({ 'a.yaml': documentOf(metadata) }, namespace)).toEqual([expected, '4 spec.registry', '4 spec.envFrom']);
  });

  it('that stands twice', () => {
    const both = `${documentOf('{name: a}')}---\n${documentOf('{name: a}')}`;
    const [first, second] = [4, 9].map((line) => [`${line} spec.registry`, `${line} spec.envFrom`]);
    expect(pathsOf({ 'a.yaml': both })).toEqual([...(first ?? []), '8 metadata.name', ...(second ?? [])]);
  });

  it('beside a file that cannot be read as YAML', () => {
    const broken = 'apiVersion: openclaw.rocks/v1alpha1\na: [\n';
    expect(pathsOf({ 'a.yaml': broken, 'b.yaml': documentOf('{}') })).toEqual([
      '3 ',
      '3 metadata.name',
      '4 spec.registry',
      '4 spec.envFrom',
    ]);
  });
});
