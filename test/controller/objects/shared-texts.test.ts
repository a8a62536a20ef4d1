import { kept } from '../../../controller/api/list';
import type { KubeObject } from '../../../controller/objects/objects';
import { withSharedTexts } from '../../../controller/objects/shared-texts';
import { kinds } from '../../../constructs/wire/kinds';

function configMap(data: unknown, kind = 'ConfigMap'): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'alice-config', namespace: 'team-a' }, data };
}

it('changes nothing of what an object says, nor the object itself', () => {
  const data = { short: 'a', long: 'x'.repeat(2000), odd: 7, ['__proto__']: 'y'.repeat(2000) };
  const given = Object.freeze(configMap(Object.freeze(data)));
  expect(withSharedTexts(given)).toEqual(given);
  expect(Object.keys(withSharedTexts(given)['data'] as object)).toEqual(Object.keys(data));
});

it.each([[undefined], [null], ['text']])('takes a ConfigMap with %s for data', (data) => {
  const given = configMap(data);
  expect(withSharedTexts(given)).toEqual(given);
});

it('leaves other kinds alone, a Secret above all', () => {
  const secret = configMap({ token: 'x'.repeat(2000) }, 'Secret');
  expect(withSharedTexts(secret)).toBe(secret);
});

/** Parses as a watch does: each text is a string of its own. */
function read(index: number, text: string): KubeObject {
  const line = JSON.stringify({ metadata: { name: `i-${index}`, resourceVersion: '1' }, data: { 'seed.mjs': text } });
  return kept(kinds.configMap, JSON.parse(line) as KubeObject);
}

function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('node gives its collector when a test asks v8 for it');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

it('holds a text of many objects once', async () => {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as typeof globalThis.gc;
  const text = 'import node\n'.repeat(4000);
  const before = heapUsed();
  const objects = Array.from({ length: 200 }, (_, index) => read(index, text));
  const each = (heapUsed() - before) / objects.length;
  expect(objects).toHaveLength(200);
  expect(each).toBeLessThan(text.length / 4);
});
