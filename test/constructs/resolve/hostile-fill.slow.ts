import { render, resolve } from '../../../constructs';
import type { Facts } from '../../../constructs/spec/facts';
import type { WrittenInstance } from '../../../constructs/spec/instance';
import { isObject, type JsonObject } from '../../../constructs/spec/json';
import { writeDocuments } from '../../../constructs/wire/yaml/write-yaml';
import { withoutSecrets } from '../../../controller/status/text';
import { readYaml } from '../../../app/input/read-yaml';
import { pathSteps } from '../../../app/input/field-path';
import { secretFindings } from '../../../gitops/gate/secret-gate';
import { taintsOf } from '../../../gitops/gate/taint';
import { anInstance } from '../../builders';
import { aLayout } from '../../gitops/layouts';
import { size } from '../../long';
import { costOf, linearBound } from './linear-cost';
import { type Position, completed, documentWith, hostilePositions, textOf } from './string-positions';

const BYTES = 200_000;

/** Each is the beginning of something that a program looks for, or a text that an expression can be cut at many places. */
const FILLS = [
  // Tokens, keys, URLs.
  [
    'token:',
    'token=',
    'password: "',
    'sk-',
    'eyJ-',
    'eyJaaaaaaaaaa.',
    '-----BEGIN ',
    'ya29.',
    'Bearer ',
    ':AA',
    'x://u:p@',
    '://',
    'c2stYW50',
  ],
  // Numbers, names, paths.
  [
    '0',
    '1e',
    '0.',
    '1h',
    '.',
    ':',
    '::',
    ':1',
    '1:',
    '-',
    '_',
    '/',
    '//',
    '../',
    'a.a.a.',
    'a-',
    'a',
    'https://a',
    '%',
    '%2',
    '@',
    '=',
    '+',
    'AAAA',
  ],
  // Blanks, line ends, controls, halves of characters.
  [' ', '\t', '\n', '\r', ' \n', '\n\n ', '\u0000', '\u0085', '\u2028', '😀', '\ud800', 'é'],
  // JSON, YAML, templates.
  [
    '{',
    '[',
    '{"a":',
    '"',
    "'",
    '\\',
    '`',
    '#',
    ' #',
    ': ',
    '- ',
    '$(',
    '${',
    '{{',
    '<',
    '*',
    '& ',
    '!',
    '|',
    '>',
    '~',
    ',',
    ';',
    '(',
    'y',
    'null',
  ],
].flat();

/** With another end an expression finds out late that it does not fit. */
const ENDS = ['', '!', ' '];

const texts = FILLS.flatMap((fill) => ENDS.map((end) => fill.repeat(Math.ceil(BYTES / Buffer.byteLength(fill))) + end));

/** Everything that is done with an instance from its document to a commit. Whatever the document, it ends without an exception. */
function passThrough(written: JsonObject, facts: Facts = {}): void {
  const resolution = resolve(written as unknown as WrittenInstance, facts);
  const issues = resolution.ok ? resolution.warnings : resolution.issues;
  for (const { path, message } of issues) {
    pathSteps(path);
    withoutSecrets(message);
  }
  if (!resolution.ok) return;
  const manifests = render(resolution.instance);
  writeDocuments(manifests);
  const { files } = aLayout({ name: resolution.instance.name, namespace: 'team-a', manifests });
  secretFindings(files, { taints: taintsOf(['a-secret-value-1']) });
}

function over(base: JsonObject, top: JsonObject): JsonObject {
  const result = { ...base };
  for (const key of Object.keys(top)) {
    const [ours, theirs] = [base[key], top[key]];
    Object.defineProperty(result, key, {
      value: isObject(ours) && isObject(theirs) ? over(ours, theirs) : theirs,
      enumerable: true,
      writable: true,
    });
  }
  return result;
}

function instanceWith(position: Position, text: string): JsonObject {
  return over(anInstance() as unknown as JsonObject, completed(documentWith(position, text)));
}

/** `count` of all pairs of a place and a text, spread evenly. */
function pairs(positions: readonly Position[], count: number): (readonly [Position, string])[] {
  const all = positions.length * texts.length;
  return Array.from({ length: Math.min(count, all) }, (_, index) => {
    const place = count >= all ? index : (index * 7919) % all;
    return [positions[place % positions.length] as Position, texts[Math.floor(place / positions.length)] as string] as const;
  });
}

/** The texts in the long form; in the short one those that were slow once, and one of `every` others. */
function someTexts(every: number): string[] {
  const slow = ['token:', 'sk-', 'eyJ-', '0', '1e', '\n', '::', '/'].flatMap((fill) =>
    texts.filter((text) => text.startsWith(fill.repeat(9)) && text.endsWith('!')),
  );
  return size(0, 1) === 1 ? texts : [...slow, ...texts.filter((_, index) => index % every === 0)];
}

const positions = hostilePositions();

it('T-R12 every place of the schema that takes a text is filled: fields, keys, and what is free', () => {
  const places = positions.map(textOf);
  expect(new Set(places).size).toBe(places.length);
  for (const place of [
    'spec.env[0].value',
    'spec.resources.limits.cpu',
    'spec.podAnnotations.anykey',
    'spec.config.raw.anything',
    'spec.sidecars[0].anything',
  ]) {
    expect(places).toContain(place);
  }
  expect(positions.length).toBeGreaterThan(800);
});

/** What a document with a text at a place costs, and which place and text they are. */
function costAt(place: string, text: string, document: JsonObject, bound: number): string {
  const cost = costOf(() => passThrough(document), bound);
  return `${cost}: ${place} with ${JSON.stringify(text.slice(0, 12))}`;
}

it('T-R12 200 KB of anything in any field take a time that is linear, and nothing is thrown', () => {
  passThrough(anInstance() as unknown as JsonObject);
  const bound = linearBound(BYTES);
  for (const [position, text] of pairs(positions, size(24, 8000))) {
    const document = instanceWith(position, text);
    expect(costAt(textOf(position), text, document, bound)).toMatch(/^linear:/);
  }
});

it('T-R12 and so do 200 KB in any key', () => {
  const bound = linearBound(BYTES);
  const maps = positions.filter((position) => ['anykey', 'anything'].includes(String(position.at(-1))));
  for (const [position, text] of pairs(maps, size(8, 2000))) {
    const document = instanceWith([...position.slice(0, -1), text], 'x');
    expect(costAt(textOf(position), text, document, bound)).toMatch(/^linear:/);
  }
});

it('T-R12 and so do 200 KB in the fields that most is done with, whatever the fill', () => {
  const bound = linearBound(BYTES);
  const busy: Position[] = [
    ['spec', 'workspace', 'initialFiles', 'a.md'],
    ['spec', 'config', 'raw', 'note'],
    ['spec', 'resources', 'limits', 'memory'],
    ['spec', 'networking', 'ingress', 'annotations', 'note'],
    ['spec', 'image', 'repository'],
    ['spec', 'registry'],
    ['spec', 'env', 0, 'value'],
  ];
  for (const text of someTexts(150)) {
    for (const position of busy) {
      const document = instanceWith(position, text);
      expect(costAt(textOf(position), text, document, bound)).toMatch(/^linear:/);
    }
  }
});

it('T-R12 and so do 200 KB in a ConfigMap', () => {
  const bound = linearBound(BYTES);
  const written = anInstance() as unknown as JsonObject;
  for (const text of someTexts(150)) {
    for (const spec of [
      { config: { configMapRef: { name: 'texts' }, format: 'json5' } },
      { config: { configMapRef: { name: 'texts' } } },
      { workspace: { configMapRef: { name: 'texts' } } },
    ]) {
      const facts: Facts = { configMaps: new Map([['texts', { data: { 'openclaw.json': text } }]]) };
      const document = over(written, { spec });
      const cost = costOf(() => passThrough(document, facts), bound);
      expect([spec, JSON.stringify(text.slice(0, 12)), cost]).toEqual([spec, JSON.stringify(text.slice(0, 12)), 'linear']);
    }
  }
});

it('T-R12 and so do 200 KB in a file', () => {
  // The parser makes some objects for each sign that it stumbles over.
  const bound = 5 * linearBound(BYTES);
  for (const text of someTexts(210)) {
    for (const file of [text, `a: ${text}`, `a: "${text}"`, `a: |\n  ${text}`, writeDocuments([{ a: text, [text]: 'a' }])]) {
      const read = (): void => {
        for (const document of readYaml(file, 'a.yaml').documents) document.locate(['a', 'b']);
      };
      const cost = costOf(read, bound);
      expect([JSON.stringify(file.slice(0, 16)), cost]).toEqual([JSON.stringify(file.slice(0, 16)), 'linear']);
    }
  }
});

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

describe('T-R12 a document of many levels', () => {
  const kinds: readonly (readonly [string, (inner: unknown) => unknown])[] = [
    ['objects', (inner) => ({ a: inner })],
    ['lists', (inner) => [inner]],
    ['both', (inner) => ({ a: [inner] })],
  ];
  const places: Position[] = [
    ['spec', 'config', 'raw'],
    ['spec', 'config', 'raw', 'x'],
    ['spec', 'sidecars', 0, 'x'],
    ['spec', 'availability', 'affinity', 'x'],
    ['spec', 'nothing'],
    ['metadata', 'annotations', 'x'],
    ['status', 'x'],
  ];

  it.each([3000, 8000, 100_000].flatMap((levels) => kinds.map(([kind, wrap]) => [levels, kind, wrap] as const)))(
    'is an issue with a path: %i levels of %s',
    (levels, _, wrap) => {
      const value = nested(levels, wrap);
      for (const place of places) {
        const document = over(anInstance() as unknown as JsonObject, documentWith(place, value));
        const resolution = resolve(document as unknown as WrittenInstance);
        const expected = expect.objectContaining({ rule: 'schema/depth', path: expect.stringContaining(String(place[0])) });
        expect(resolution).toMatchObject({ ok: false, issues: expect.arrayContaining([expected]) });
      }
    },
  );

  it.each(kinds)('passes with 200 levels and more: %s', (_, wrap) => {
    const value = nested(200, wrap);
    for (const spec of [{ config: { raw: { x: value } } }, { sidecars: [{ name: 'a', image: 'a', x: value }] }]) {
      expect(() => passThrough(over(anInstance() as unknown as JsonObject, { spec }))).not.toThrow();
    }
  });

  it.each([3000, 8000, 100_000])('is an issue in a ConfigMap: %i levels', (levels) => {
    const spec = { config: { configMapRef: { name: 'texts' } } };
    const document = over(anInstance() as unknown as JsonObject, { spec });
    for (const text of [`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`, `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`]) {
      const configMaps = new Map([['texts', { data: { 'openclaw.json': text } }]]);
      const issue = expect.objectContaining({ path: 'spec.config.configMapRef', rule: 'config/depth' });
      expect(resolve(document as unknown as WrittenInstance, { configMaps })).toMatchObject({ ok: false, issues: [issue] });
    }
  });

  it('in a text that is JSON hides no secret', () => {
    const token = ['ghp', 'k3Jx9QpL2mNv7RtYw0ZbC5dFgH1sTuVaXe8I'].join('_');
    const text = JSON.stringify(nested(3000, (inner) => ({ a: inner }))).replace('"x"', `"${token}"`);
    const resolution = resolve(
      anInstance((written) => ({ ...written, spec: { ...written.spec, workspace: { initialFiles: { a: text } } } })),
    );
    expect(resolution).toMatchObject({ ok: true, warnings: expect.arrayContaining([expect.objectContaining({ rule: 'secret-text' })]) });
  });
});
