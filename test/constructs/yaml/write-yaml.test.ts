import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { parse, parseAllDocuments } from 'yaml';

import type { JsonObject } from '../../../constructs/manifest';
import { blockText } from '../../../constructs/yaml/block-text';
import { scalarText } from '../../../constructs/yaml/scalar-text';
import { writeDocuments, writeYaml } from '../../../constructs/yaml/write-yaml';
import { nastyObject, nastyString, NASTY_STRINGS } from './nasty';

const RUNS = Number(process.env['YAML_RUNS'] ?? 2_000);

/** Every place in which a string can stand, at more than one depth. */
function everywhere(text: string): JsonObject {
  return {
    value: text,
    [text]: 1,
    list: [text, [text, [text]], { [text]: text }],
    map: { [text]: { [text]: text } },
  };
}

/**
 * Whether the stock text of a document reads back at all. It does not for a `<<` (a merge), a byte order mark, and a string of
 * nothing but blanks and line ends. We write the same text.
 */
function readsBack(json: string): boolean {
  return !/<<|\ufeff|"(?: |\\[nt])*\\n(?: |\\[nt])*"/.test(json);
}

describe('writeYaml', () => {
  test.each(NASTY_STRINGS.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    'writes %s as cdk8s does, wherever it stands',
    (_title, text) => {
      expect(writeYaml(everywhere(text))).toBe(Yaml.stringify(everywhere(text)));
      // Apart, so that the fallback of one place does not hide the text of another.
      for (const value of [{ a: text }, { [text]: 1 }, { a: [text] }, { a: { [text]: {} } }, { a: [[{ b: text }]] }]) {
        expect(writeYaml(value)).toBe(Yaml.stringify(value));
      }
    },
  );

  test('writes random documents as cdk8s does', () => {
    fc.assert(
      fc.property(nastyObject, (value) => {
        expect(writeYaml(value)).toBe(Yaml.stringify(value));
      }),
      { numRuns: RUNS },
    );
  });

  test('writes random strings as cdk8s does, one by one', () => {
    fc.assert(
      fc.property(nastyString, (text) => {
        expect(writeYaml({ a: text })).toBe(Yaml.stringify({ a: text }));
        expect(writeYaml({ a: { [text]: 1 } })).toBe(Yaml.stringify({ a: { [text]: 1 } }));
      }),
      { numRuns: 2 * RUNS },
    );
  });

  test('writes text that reads back as the same document', () => {
    fc.assert(
      fc.property(nastyObject, (value) => {
        fc.pre(readsBack(JSON.stringify(value)));
        // JSON has no -0; the text is the same.
        const expected: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(JSON.stringify(parse(writeYaml(value), { version: '1.1' })))).toEqual(expected);
      }),
      { numRuns: RUNS / 4 },
    );
  });

  test('writes numbers, empty collections and nested lists as cdk8s does', () => {
    const value = {
      a: [0, -0, 1.5, 1e21, 1e-7, -3, 2 ** 53],
      b: [],
      c: {},
      d: [[], {}, [[]], [{}], [[1], [2]]],
      e: null,
      f: [null, true, false],
    };
    expect(writeYaml(value)).toBe(Yaml.stringify(value));
    expect(writeYaml({})).toBe('{}\n');
  });

  test('leaves values that are no JSON to the package: undefined, dates, infinite numbers', () => {
    const value = {
      a: undefined,
      b: new Date(0),
      c: Number.POSITIVE_INFINITY,
      d: new Map([['k', 1]]),
    };
    expect(writeYaml(value)).toBe(Yaml.stringify(value));
  });

  test('writes an object that stands in two places twice, without aliases', () => {
    const shared = { app: 'openclaw' };
    const plain = { a: shared, b: shared };
    const rare = { a: shared, b: shared, c: 'a\r\nb' };
    expect(writeYaml(plain)).toBe(Yaml.stringify(structuredClone(JSON.parse(JSON.stringify(plain)))));
    expect(writeYaml(rare)).toBe(Yaml.stringify(JSON.parse(JSON.stringify(rare))));
  });

  test('does not load the yaml package for a document of common shapes', () => {
    const program = `
      const { writeYaml } = require(${JSON.stringify(join(__dirname, 'load-write-yaml.cjs'))});
      const loads = () => Object.keys(require.cache).some((file) => /node_modules.yaml.dist/.test(file));
      const text = writeYaml({ a: 'true', b: '0644', c: 'a: b', d: '*', e: '', f: '#!/bin/sh\\n  a\\n', g: 'é', 'h i': ['[]', '{"a": 1}'] });
      const before = loads();
      writeYaml({ a: '\\u0007' });
      console.log(JSON.stringify({ text, before, after: loads() }));
    `;
    const answer: unknown = JSON.parse(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }));
    expect(answer).toMatchObject({ before: false, after: true });
  });
});

describe('writeDocuments', () => {
  test('begins each document with a marker line', () => {
    expect(writeDocuments([{ a: 1 }, { b: 'x' }])).toBe('---\na: 1\n---\nb: x\n');
    expect(writeDocuments([])).toBe('');
  });

  test('keeps documents apart whatever their last string is', () => {
    fc.assert(
      fc.property(fc.array(nastyString, { minLength: 1, maxLength: 4 }), (texts) => {
        fc.pre(readsBack(JSON.stringify(texts)));
        const documents = parseAllDocuments(writeDocuments(texts.map((text) => ({ text }))), {
          version: '1.1',
        });
        expect(documents).toHaveLength(texts.length);
        expect([...documents].map((document): unknown => document.toJS())).toEqual(texts.map((text) => ({ text })));
      }),
      { numRuns: RUNS / 4 },
    );
  });
});

describe('the common shapes are written without the package', () => {
  test.each([
    ['app.kubernetes.io/name', 'app.kubernetes.io/name'],
    ['ghcr.io/a/b:latest', 'ghcr.io/a/b:latest'],
    ['true', '"true"'],
    ['e1', '"e1"'],
    ['0644', '"0644"'],
    ['10Gi', '10Gi'],
    ['{"a": 1}', `'{"a": 1}'`],
    ["it's", "it's"],
    ['two words', 'two words'],
    ['key: value', '"key: value"'],
    ['', '""'],
  ])('%s', (value, text) => {
    expect(scalarText(value)).toBe(text);
  });

  test('a script', () => {
    expect(blockText('#!/bin/sh\nset -eu\n\n  echo a\n', '    ')).toBe('|\n    #!/bin/sh\n    set -eu\n\n      echo a');
  });
});
