import { type WrittenInstance, resolve } from '../../../../constructs';
import { Censor } from '../../../../constructs/resolve/secrets/censor';
import { renderedSecretTexts } from '../../../../constructs/resolve/secrets/secret-text';
import { anInstance, withSpec } from '../../../builders';
import { LINEAR, growth } from '../../../growth';

function replaceAll(size: number): void {
  const texts = Array.from({ length: size }, (_, index) => `token-${index}-of-somebody`);
  const censor = new Censor(texts);
  for (const text of texts) censor.replace(`spec.x: "${text}" is wrong`, '*');
}

describe('a censor', () => {
  it.each<[string, readonly string[], string, string]>([
    ['nothing', [], 'a text', 'a text'],
    ['an empty text', [''], 'a text', 'a text'],
    ['a text at the beginning, in the middle and at the end', ['secret'], 'secret a secretsecret b secret', '* a ** b *'],
    ['a short one', ['x'], 'axb', 'a*b'],
    ['the longer of two that begin alike', ['secret', 'secret-token'], 'secret-token, secret-tok', '*, *-tok'],
    ['one that begins as the head of a longer one', ['sec', 'secret-token'], 'secret-tokem', '*ret-tokem'],
    ['no text that is cut off', ['secret-token'], 'secret-toke', 'secret-toke'],
    ['a text with signs of patterns', ['$&(.*)'], 'a $&(.*) b', 'a * b'],
    ['what stands in a replacement', ['*a'], '**a', '**'],
  ])('replaces %s', (_what, texts, text, expected) => {
    expect(new Censor(texts).replace(text, '*')).toBe(expected);
  });

  it('T-T2 takes no longer for each text the more there are to replace', () => {
    expect(growth(replaceAll, 8000)).toBeLessThan(LINEAR);
  });
});

/** So many things that look like secrets, and one mistake. */
function withSecrets(size: number): WrittenInstance {
  const raw = Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, { token: `token-${index}-of-me` }]));
  return anInstance(withSpec({ podAnnotations: { 'no annotation!': 'x' }, config: { raw } }));
}

function tellOf(size: number): void {
  const resolution = resolve(withSecrets(size));
  expect(resolution.ok ? [] : resolution.issues).toHaveLength(size + 1);
}

function compare(size: number): void {
  const document = withSecrets(size);
  const rendered = { kind: 'ConfigMap', metadata: { name: 'x' }, data: { 'openclaw.json': JSON.stringify(document.spec) } };
  expect(renderedSecretTexts([rendered], document, {})).toEqual([]);
}

describe('T-T2 a document with thousands of secrets', () => {
  it('is told of all, and of its mistake, in a time that grows with it', () => {
    expect(growth(tellOf, 3200)).toBeLessThan(LINEAR);
  });

  it('is compared with what is rendered in such a time, too', () => {
    expect(growth(compare, 3200)).toBeLessThan(LINEAR);
  });
});
