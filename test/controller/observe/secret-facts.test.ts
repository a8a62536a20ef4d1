import { ApiError } from '../../../controller/api/errors';
import type { KubeObject } from '../../../controller/objects/objects';
import { SecretFacts, readHashKey } from '../../../controller/observe/secret-facts';
import type { FakeApi } from '../fake-api';
import { OWN_NAMESPACE, aServer } from '../world';

const KEY = Buffer.alloc(32, 7);
const encoded = (text: string): string => Buffer.from(text).toString('base64');

let api: FakeApi;
let facts: SecretFacts;

beforeEach(() => {
  api = aServer();
  facts = new SecretFacts(api, KEY);
});

function secret(data: Record<string, string> | undefined, metadata: Partial<KubeObject['metadata']> = {}): KubeObject {
  const encodedData = data && Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encoded(value)]));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'team-a', ...metadata },
    ...(encodedData && { data: encodedData }),
  };
}

/** The Secret as a cache has it. */
function metadataOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}

describe('facts about a Secret', () => {
  it('are its UID, the keys that have a value, a hash, and who made it', async () => {
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'uid-x' },
      { apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', name: 'alice', uid: 'uid-alice', controller: true },
    ];
    const live = api.seed(secret({ b: 'two', a: 'one', empty: '' }, { uid: 'u', ownerReferences }));
    expect(await facts.of(metadataOf(live))).toEqual({
      uid: 'u',
      keys: ['a', 'b'],
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      ownerUid: 'uid-alice',
    });
  });

  it('are forgotten with the Secret, but not those of one that was written just now', async () => {
    const gone = api.seed(secret({ a: 'one' }, { name: 'gone' }));
    const fresh = api.seed(secret({ a: 'one' }, { name: 'fresh' }));
    await facts.of(metadataOf(gone));
    await facts.of(metadataOf(gone));
    facts.learn(fresh);
    facts.sweep(() => false);
    api.forgetRequests();
    // One that is known is asked for.
    expect(await facts.unseen('team-a', 'gone')).toBeUndefined();
    expect(api.reads).toEqual([]);
    expect(await facts.unseen('team-a', 'fresh')).toMatchObject({ keys: ['a'] });
    expect(api.reads).toHaveLength(1);
  });

  it('are read once a version', async () => {
    const live = metadataOf(api.seed(secret({ a: 'one' })));
    const first = await facts.of(live);
    expect([await facts.of(live), await facts.of(live)]).toEqual([first, first]);
    expect(api.reads).toEqual(['/api/v1/namespaces/team-a/secrets/keys']);
    const next = await facts.of(metadataOf(api.edit('Secret', 'keys', { data: { a: encoded('two') } })));
    expect(api.reads).toHaveLength(2);
    expect(next?.hash).not.toBe(first?.hash);
  });

  it('are known without a read where the Secret was just written', async () => {
    const live = api.seed(secret({ a: 'one' }));
    const learnt = facts.learn(live);
    expect(await facts.of(metadataOf(live))).toBe(learnt);
    expect(api.requests).toEqual([]);
  });

  it('are told apart by namespace', async () => {
    const here = await facts.of(metadataOf(api.seed(secret({ a: 'one' }))));
    const there = await facts.of(metadataOf(api.seed(secret({ a: 'two' }, { namespace: 'kube-system', resourceVersion: '1' }))));
    expect(there?.hash).not.toBe(here?.hash);
  });

  it('are none where the Secret has gone, and come anew with a new one', async () => {
    const live = metadataOf(api.seed(secret({ a: 'one' })));
    await facts.of(live);
    await api.remove('Secret', 'keys');
    expect(await facts.of({ ...live, metadata: { ...live.metadata, resourceVersion: '999' } })).toBeUndefined();
    expect(await facts.of(metadataOf(api.seed(secret({ a: 'two' }))))).toMatchObject({ keys: ['a'] });
  });

  it('T73 are no guess where the Secret cannot be read: it is an error', async () => {
    const live = metadataOf(api.seed(secret({ a: 'one' })));
    api.fail(new ApiError('no', 403, 'Forbidden'));
    await expect(facts.of(live)).rejects.toMatchObject({ status: 403 });
  });
});

const hashOf = (data: Record<string, string> | undefined, key = KEY): string => new SecretFacts(api, key).learn(secret(data)).hash;

describe('the hash of a Secret', () => {
  it('does not depend on the order of the keys, nor on empty ones', () => {
    expect(hashOf({ b: '2', a: '1' })).toBe(hashOf({ a: '1', b: '2', c: '' }));
    expect(hashOf({})).toBe(hashOf(undefined));
  });

  it.each<[string, Record<string, string>]>([
    ['a value', { a: '1', b: '3' }],
    ['a key', { a: '1', c: '2' }],
    ['where the text is cut', { ab: '2', a: '1' }],
    ['a swap', { a: '2', b: '1' }],
  ])('changes with %s', (_what, other) => {
    expect(hashOf(other)).not.toBe(hashOf({ a: '1', b: '2' }));
  });

  it('tells a key that goes on from a value that begins so', () => {
    // In Base64 both are aMTIzMTIz.
    expect(hashOf({ aMTIz: '123' })).not.toBe(hashOf({ a: '123123' }));
  });

  it('is keyed: nobody can try values without the key', () => {
    expect(hashOf({ a: '1' }, Buffer.alloc(32, 8))).not.toBe(hashOf({ a: '1' }));
  });
});

it('no value is kept', async () => {
  const value = 'correct-horse-battery-staple';
  await facts.of(metadataOf(api.seed(secret({ a: value }))));
  facts.learn(secret({ b: value }, { name: 'other' }));
  const seen = JSON.stringify(reachable(facts));
  expect(seen).toContain('"keys":["a"]');
  for (const form of [value, encoded(value)]) expect(seen).not.toContain(form);
});

/** Everything that an object holds, private fields and maps included; the server of the test is left out. */
function reachable(value: unknown): unknown {
  if (value === api) return 'server';
  if (value instanceof Map) return [...value].map(reachable);
  if (Array.isArray(value)) return value.map(reachable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reachable(inner)]));
}

describe('the key of the hashes', () => {
  const name = 'openclaw-controller-hash-key';
  const stored = (): unknown => (api.get('Secret', name, OWN_NAMESPACE)['data'] as { key: string }).key;

  it('is made once, of 32 random bytes, in the namespace of the controller', async () => {
    const key = await readHashKey(api, OWN_NAMESPACE);
    expect(key).toHaveLength(32);
    expect(stored()).toBe(key.toString('base64'));
    api.forgetRequests();
    expect(await readHashKey(api, OWN_NAMESPACE)).toEqual(key);
    expect(api.writes).toEqual([]);
    expect(await readHashKey(aServer(), OWN_NAMESPACE)).not.toEqual(key);
  });

  it('that another one made meanwhile is taken', async () => {
    const other = Buffer.alloc(32, 1);
    const request = api.request.bind(api);
    jest.spyOn(api, 'request').mockImplementation(async (asked) => {
      if (asked.method === 'POST' && api.find('Secret', name, OWN_NAMESPACE) === undefined) {
        api.seed({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace: OWN_NAMESPACE },
          data: { key: other.toString('base64') },
        });
      }
      return request(asked);
    });
    expect(await readHashKey(api, OWN_NAMESPACE)).toEqual(other);
  });

  it('C9 is never made anew: without a readable one the controller does not start', async () => {
    api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: OWN_NAMESPACE }, data: { key: '' } });
    await expect(readHashKey(api, OWN_NAMESPACE)).rejects.toThrow(
      'Secret openclaw-system/openclaw-controller-hash-key has no key "key": restore it; a new one would restart every pod',
    );
    api.fail(new ApiError('no', 403, 'Forbidden'), ({ method }) => method === 'GET');
    await expect(readHashKey(api, OWN_NAMESPACE)).rejects.toMatchObject({ status: 403 });
    expect(api.writes).toEqual([]);
  });
});
