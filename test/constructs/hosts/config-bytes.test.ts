import { Lazy } from 'cdk8s';
import * as fc from 'fast-check';
import { AgentConfig } from '../../../constructs/hosts/config';
import { dataBytes } from '../../../constructs/core/values/config-map';
import type { JsonObject } from '../../../constructs/spec/json';

function configOf(document: JsonObject, files: readonly string[] = []): AgentConfig {
  const config = new AgentConfig(document);
  for (const [index, text] of files.entries()) config.addFile('test', `file-${index}`, text);
  return config;
}

/** What takes most room in JSON or in UTF-8, beside all else. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '"', '\\', '\ud800', '\u2028', '\u20ac', '\ud83d\ude00') }),
);

it('never says less than the ConfigMap takes, whatever stands in it', () => {
  const document = fc.dictionary(text, fc.jsonValue({ stringUnit: 'binary', maxDepth: 6 }), { noNullPrototype: true });
  const number = fc.dictionary(text, fc.array(fc.double({ noDefaultInfinity: true, noNaN: true })), { noNullPrototype: true });
  fc.assert(
    fc.property(fc.oneof(document, number), fc.array(text), (base, files) => {
      const config = configOf(base, files);
      expect(config.mostBytes()).toBeGreaterThanOrEqual(dataBytes(config.data()));
    }),
  );
});

it('counts what parts add', () => {
  const config = configOf({});
  config.patch({ logging: { file: '"'.repeat(1000) } });
  config.append(['a', 'b'], ['\0'.repeat(1000)], 'join');
  expect(config.mostBytes()).toBeGreaterThanOrEqual(dataBytes(config.data()));
});

it('leaves it to the printer where an author gave a value that is known later', () => {
  const config = configOf({ later: Lazy.any({ produce: () => 'x'.repeat(1000) }) as unknown });
  expect(config.mostBytes()).toBe(Infinity);
});

it('is near enough to spare the printing for usual documents', () => {
  const usual = { agents: Array.from({ length: 50 }, (_, id) => ({ id, model: 'anthropic/model', tools: ['read', 'write'] })) };
  expect(configOf(usual).mostBytes()).toBeLessThan(8 * dataBytes(configOf(usual).data()));
});
