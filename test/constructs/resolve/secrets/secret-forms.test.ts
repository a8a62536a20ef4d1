import * as fc from 'fast-check';
import { hasLongWord } from '../../../../constructs/resolve/secrets/long-word';
import { tokenForms, tokenIn } from '../../../../constructs/resolve/secrets/scan';
import { holdsForm, isSecretText } from '../../../../constructs/resolve/secrets/secret-forms';
import { size } from '../../../long';
import { innocentTexts } from './innocent-texts';
import { knownSecrets } from './known-secrets';
import { nearMissesOf, positivesOf } from './sample-token';

const forms = tokenForms.map((form, index) => [`${form.title} (${index})`, form] as const);
const positives = tokenForms.flatMap(positivesOf);

describe('T-R19 a form of a token', () => {
  it('is one of at least 63', () => {
    expect(tokenForms.length).toBeGreaterThanOrEqual(63);
  });

  it.each(forms)('is found at its shortest, with each prefix: %s', (_, form) => {
    for (const text of positivesOf(form)) {
      expect([text, tokenIn(text) !== undefined]).toEqual([text, true]);
      expect([text, holdsForm(text)]).toEqual([text, true]);
    }
  });

  it.each(forms)('is not found where one thing differs: %s', (_, form) => {
    const misses = nearMissesOf(form);
    expect(misses.length).toBeGreaterThan(0);
    for (const text of misses) expect([text, tokenIn(text) === form]).toEqual([text, false]);
  });

  it('is found wherever it stands in a text: the quick look never hides one from the scanner', () => {
    const around = fc.string({ unit: fc.constantFrom(' ', '\n', ',', '"', '(', 'é', '='), maxLength: 40 });
    const found = fc.property(around, fc.constantFrom(...positives), around, (before, secret, after) =>
      // Padding of Base64 makes some too long.
      holdsForm(`${before} ${secret} ${after}`),
    );
    expect(fc.check(found, { numRuns: size(1000, 40_000) })).toMatchObject({ failed: false, counterexample: null });
  });
});

describe('T-R19 a credential under a neutral name', () => {
  it.each(knownSecrets)('is found: %s', (_, text) => {
    expect(isSecretText(text, 'note')).toBe(true);
    expect(isSecretText(`Some words before it.\n${text}\nAnd behind it.`, 'note')).toBe(true);
  });
});

describe('T-R19 what is no secret', () => {
  it.each(innocentTexts)('passes: %s: %s', (name, text) => {
    expect(isSecretText(text, name)).toBe(false);
  });
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
