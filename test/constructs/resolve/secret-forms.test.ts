import * as fc from 'fast-check';
import { hasLongWord } from '../../../constructs/resolve/long-word';
import { FORMS, holdsForm } from '../../../constructs/resolve/secret-forms';
import { size } from '../../long';

const letters = (count: number): string => 'aB3dE6gH9jKlMnOpQrStUvWxYz0123456789AbCdEfGh'.slice(0, count);
const capitals = 'ABCDEFGH12345678';

/** The shortest text of each form, put together from pieces, so that no scanner takes this file for a leak. */
const SHORTEST = [
  ['-----BEGIN', 'PRIVATE KEY'].join(' '),
  ['-----BEGIN', 'RSA', 'PRIVATE KEY'].join(' '),
  ['sk', `${letters(19)}1`].join('-'),
  ...['ghp', 'gho', 'ghu', 'ghs', 'ghr'].map((prefix) => [prefix, letters(36)].join('_')),
  ['github', 'pat', letters(22)].join('_'),
  ['glpat', letters(20)].join('-'),
  ...['a', 'b', 'e', 'o', 'p', 'r', 's'].map((kind) => [`xox${kind}`, letters(10)].join('-')),
  ['xapp', '1', letters(10)].join('-'),
  ['AKIA', capitals].join(''),
  ['AIza', letters(35)].join(''),
  ['gsk', letters(20)].join('_'),
  ['xai', letters(20)].join('-'),
  ...['sk', 'rk'].map((prefix) => [prefix, 'live', letters(16)].join('_')),
  ['tskey', 'a', letters(10)].join('-'),
  ['npm', letters(36)].join('_'),
  ['hf', letters(30)].join('_'),
  [`eyJ${letters(10)}`, `eyJ${letters(10)}`, letters(10)].join('.'),
  ['12345678', `AA${letters(33)}`].join(':'),
  ...['M', 'N', 'O'].map((first) => [`${first}${letters(23)}`, letters(6), letters(27)].join('.')),
  ['x://u', 'abc@h'].join(':'),
];

/** As many forms as the expression has alternatives; those that stand for several prefixes are counted once. */
const ALTERNATIVES = FORMS.source.split(/\|(?=\\b|:)/).length;

const around = fc.string({ unit: fc.constantFrom(' ', '\n', ',', '"', '(', 'é', '/', '='), maxLength: 40 });

describe('a secret by its form', () => {
  it.each(SHORTEST.map((text, index) => [index, text]))('is found at its shortest: %i', (_, text) => {
    expect(FORMS.test(text)).toBe(true);
    expect(holdsForm(text)).toBe(true);
  });

  it('has an example here for every form', () => {
    const found = new Set(
      SHORTEST.map((text) =>
        text
          .replace(/^[NO](?=aB)/, 'M')
          .replace(/^(?:gh[oushr]|rk|xox.)/, '')
          .slice(0, 3),
      ),
    );
    expect(found.size).toBeGreaterThanOrEqual(ALTERNATIVES);
  });

  it('is found wherever it stands in a text: the quick look never hides one from the expression', () => {
    const same = fc.property(around, fc.constantFrom(...SHORTEST), around, (before, secret, after) => {
      const text = `${before}${secret}${after}`;
      return holdsForm(text) === FORMS.test(text);
    });
    expect(fc.check(same)).toMatchObject({ failed: false, counterexample: null });
  });

  it.each(['Answer briefly, cite the file and line, and ask before anything is deleted.', 'registry.example.com/team/app:1.4.2', ''])(
    'is not found in %j',
    (text) => {
      expect(holdsForm(text)).toBe(false);
    },
  );
});

describe('a long word', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', '_', '-', ' ', '.', 'é', '😀'), maxLength: 60 });

  it('is what an expression for it finds', () => {
    const same = fc.property(text, fc.integer({ min: 1, max: 13 }), (words, length) => {
      return hasLongWord(words, length) === new RegExp(`[A-Za-z0-9_-]{${length}}`).test(words);
    });
    expect(fc.check(same, { numRuns: size(1000, 40_000) })).toMatchObject({ failed: false, counterexample: null });
  });
});
