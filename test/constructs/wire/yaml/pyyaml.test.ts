import { spawnSync } from 'node:child_process';
import { readYaml } from '../../../../app/input/read-yaml';
import type { JsonObject } from '../../../../constructs/spec/json';
import { writeDocuments } from '../../../../constructs/wire/yaml/write-yaml';

/** Texts that YAML 1.1 has another meaning for, as plain scalars. */
const WORDS = [
  ['=', '<<', '~', 'y', 'Y', 'n', 'N', 'yes', 'No', 'on', 'OFF', 'true', 'False', 'null', 'Null', 'NULL', ''],
  ['0', '-0', '+1', '0644', '0o17', '0b1', '0x1F', '1_000', '123456789', '9007199254740993', '190:20:30', '12:30:45', '1:30.5'],
  ['1.', '.5', '1e3', '1.10', '1.5e+3', '.inf', '-.INF', '.nan', '2020-01-01', '2020-01-01T10:00:00Z', '2020-1-1 1:02:03'],
  ['-', '?', ':', '- a', 'a: b', 'a #b', '#', '&a', '*a', '!a', '%a', '@a', '`a', '{a}', '[a]', '---', '...', '|', '>', '"', "'"],
].flat();

/** Each word as a value, as a key, and in a list. */
const DOCUMENT: JsonObject = {
  values: Object.fromEntries(WORDS.map((word, index) => [`k${index}`, word])),
  keys: Object.fromEntries(WORDS.map((word) => [word, 'x'])),
  list: WORDS,
};

const READER = 'import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(sys.stdin.buffer.read().decode("utf-8")))))';

function pythonReads(text: string): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', READER], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** Why there is no PyYAML; `undefined` where there is one. */
function missingPyYaml(): string | undefined {
  const { status, error } = spawnSync('python3', ['-c', 'import yaml'], { encoding: 'utf8' });
  if (error) return 'python3 is not there';
  return status === 0 ? undefined : 'python3 has no PyYAML: pip install pyyaml';
}

describe('words of YAML 1.1', () => {
  test('T-R22 = and << are written with quotes, as values and as keys', () => {
    expect(writeDocuments([{ a: '=', b: ['<<'], '=': 1, '<<': 2 }])).toBe('---\na: "="\nb:\n  - "<<"\n"=": 1\n"<<": 2\n');
  });

  test('T-R22 come back from our own reader', () => {
    expect(readYaml(writeDocuments([DOCUMENT]), 'a.yaml').documents.map(({ value }) => value)).toEqual([DOCUMENT]);
  });
});

const missing = missingPyYaml();
const describeWithPyYaml = missing === undefined ? describe : describe.skip;

describeWithPyYaml(`words of YAML 1.1 in PyYAML${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  test('T-R22 are texts', () => {
    expect(pythonReads(writeDocuments([DOCUMENT]))).toEqual([DOCUMENT]);
  });
});
