import { spawnSync } from 'node:child_process';

import { readYaml } from '../../../../app/input/read-yaml';
import { FIELDS_CASES, type FieldsCase, FILE_CASES, type FileCase, HEADER } from './kubectl-cases';

function isRefused(given: FieldsCase | FileCase): boolean {
  return given.refused === true;
}

function isAccepted(given: FieldsCase | FileCase): boolean {
  return given.refused !== true;
}

function spec(value: unknown): unknown {
  return (value as { spec?: unknown }).spec;
}

/** What we read, in the form of the table. */
function ours(text: string): { specs: unknown[]; issues: unknown[] } {
  const { documents, issues } = readYaml(text, 'a.yaml');
  return { specs: documents.map(({ value }) => spec(value)), issues };
}

describe('readYaml reads as kubectl does', () => {
  test.each(FIELDS_CASES.filter(isAccepted))('$title', (given) => {
    expect(ours(`${HEADER}${given.fields}\n`)).toEqual({ specs: [given.spec], issues: [] });
  });

  test.each(FIELDS_CASES.filter(isRefused))('refused: $title', (given) => {
    const { specs, issues } = ours(`${HEADER}${given.fields}\n`);
    expect(specs).toEqual([]);
    expect(issues).not.toEqual([]);
  });

  test.each(FILE_CASES.filter(isAccepted))('$title', (given) => {
    expect(ours(given.text)).toEqual({ specs: given.specs, issues: [] });
  });

  test.each(FILE_CASES.filter(isRefused))('refused: $title', (given) => {
    expect(ours(given.text).issues).not.toEqual([]);
  });
});

/** The objects that kubectl reads from a text, or `undefined` when it refuses. It needs no cluster for a local label. */
function kubectl(text: string): unknown[] | undefined {
  const run = spawnSync('kubectl', ['label', '--local', '-f', '-', '-o', 'json', 'a=b'], {
    input: text,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', KUBECONFIG: '/dev/null' },
  });
  if (run.status !== 0) return undefined;
  const objects = run.stdout.split(/(?<=^\})\n/m).filter((part) => part.trim() !== '');
  return objects.map((part): unknown => JSON.parse(part));
}

const missing = spawnSync('kubectl', ['version', '--client']).error !== undefined;
const compare = missing ? describe.skip : describe;

compare(missing ? 'skipped: there is no kubectl on the PATH' : 'kubectl on this machine says the same', () => {
  test('of the fields that it accepts', () => {
    const accepted = FIELDS_CASES.filter(isAccepted);
    const answer = kubectl(accepted.map(({ fields }) => `${HEADER}${fields}\n`).join('---\n'));
    expect(answer?.map((value) => spec(value))).toEqual(accepted.map((given) => given.spec));
  });

  test.each(FIELDS_CASES.filter(isRefused))('refused: $title', ({ fields }) => {
    expect(kubectl(`${HEADER}${fields}\n`)).toBeUndefined();
  });

  test.each(FILE_CASES)('$title', (given) => {
    expect(kubectl(given.text)?.map((value) => spec(value))).toEqual(given.specs);
  });
});
