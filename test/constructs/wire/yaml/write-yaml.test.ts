import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { Yaml } from 'cdk8s';
import * as fc from 'fast-check';
import { readYaml } from '../../../../app/input/read-yaml';

import type { JsonObject } from '../../../../constructs/spec/json';
import { blockText } from '../../../../constructs/wire/yaml/block-text';
import { scalarText } from '../../../../constructs/wire/yaml/scalar-text';
import { writeDocuments, writeYaml } from '../../../../constructs/wire/yaml/write-yaml';
import { size } from '../../../long';
import { allSurvive, nastyObject, nastyString, NASTY_STRINGS, survives } from './nasty';

const RUNS = size(1_000, 20_000);

/** Every place in which a string can stand, at more than one depth. */
function everywhere(text: string): JsonObject {
  return {
    value: text,
    [text]: 1,
    list: [text, [text, [text]], { [text]: text }],
    map: { [text]: { [text]: text } },
  };
}

/** What kubectl reads from the text that cdk8s would write. */
function readStock(value: JsonObject): { documents: unknown[]; issues: unknown[] } {
  const { documents, issues } = readYaml(writeYaml(value), 'a.yaml');
  return { documents: documents.map((document) => document.value), issues };
}

/** What kubectl reads from a file of these documents. */
function readBack(...values: JsonObject[]): { documents: unknown[]; issues: unknown[] } {
  const { documents, issues } = readYaml(writeDocuments(values), 'a.yaml');
  return { documents: documents.map((document) => document.value), issues };
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

  test('writes text that kubectl reads back as the same document', () => {
    fc.assert(
      fc.property(nastyObject, (value) => {
        // Beyond 2^53 integers are not exact to begin with; JSON has no -0 and the text is the same.
        const given = JSON.stringify(value, (_key, field: unknown) => (typeof field === 'number' ? Math.fround(field % 1e6) : field));
        const expected = JSON.parse(given) as JsonObject;
        fc.pre(allSurvive(expected));
        expect(readStock(expected)).toEqual({ documents: [expected], issues: [] });
      }),
      { numRuns: RUNS / 2 },
    );
  });

  test.each([
    ['0o17', 15],
    ['0X1F', 31],
    ['0B11', 3],
    ['-_3', -3],
    ['5e4_', 50_000],
    [' \n', '\n'],
  ])('as cdk8s does, writes %j so that kubectl reads %j', (text, value) => {
    expect(readStock({ text })).toEqual({ documents: [{ text: value }], issues: [] });
    expect(survives(text)).toBe(false);
  });

  test.each([['\ttab\nfirst\n'], ['a \u2028 b'], ['\u0085'], ['\u007f'], ['\uffff'], ['\ud800']])(
    'as cdk8s does, writes %j so that kubectl refuses it',
    (text) => {
      expect(readStock({ text }).issues).not.toEqual([]);
      expect(survives(text)).toBe(false);
    },
  );

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

function isWhole(text: string): boolean {
  return text.isWellFormed();
}

describe('writeDocuments', () => {
  test('begins each document with a marker line', () => {
    expect(writeDocuments([{ a: 1 }, { b: 'x' }])).toBe('---\na: 1\n---\nb: x\n');
    expect(writeDocuments([])).toBe('');
  });

  test.each(NASTY_STRINGS.filter(isWhole).map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    'keeps %s, wherever it stands',
    (_title, text) => {
      expect(readBack(everywhere(text))).toEqual({ documents: [everywhere(text)], issues: [] });
    },
  );

  test('keeps random documents, and is the text of cdk8s for ordinary ones', () => {
    fc.assert(
      fc.property(nastyObject.filter(allSurvive), (written) => {
        // JSON knows no negative zero.
        const value: unknown = JSON.parse(JSON.stringify(written));
        expect(readBack({ value })).toEqual({ documents: [{ value }], issues: [] });
      }),
      { numRuns: RUNS / 4 },
    );
    expect(writeDocuments([{ a: 'x: y', b: 'a\nb\n', c: '0644' }])).toBe(`---\n${Yaml.stringify({ a: 'x: y', b: 'a\nb\n', c: '0644' })}`);
  });

  test('refuses what is no JSON', () => {
    expect(() => writeDocuments([{ a: new Date(0) }])).toThrow('JSON values only');
  });

  test('keeps documents apart whatever their last string is', () => {
    fc.assert(
      fc.property(fc.array(nastyString.filter(isWhole), { minLength: 1, maxLength: 4 }), (texts) => {
        const documents = texts.map((text) => ({ text }));
        expect(readBack(...documents)).toEqual({ documents, issues: [] });
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
