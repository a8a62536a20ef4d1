import { ApiObject, App, Chart, type IResolver, JsonPatch, Lazy, type ResolutionContext } from 'cdk8s';
import * as fc from 'fast-check';
import { WireObject, render, resolve } from '../../../constructs';
import { withoutSubstitution } from '../../../constructs/wire/guards';
import { size } from '../../long';
import { full, minimal } from '../../bench/instances.cjs';

const IDENTITY = { apiVersion: 'v1', kind: 'ConfigMap' } as const;

function wire(body: object, metadata: object = {}, app = new App()): WireObject {
  const chart = new Chart(app, 'chart');
  return new WireObject(chart, 'Object', { ...IDENTITY, metadata: { name: 'alice', ...metadata }, produce: () => ({ ...body }) });
}

function stock(body: object, metadata: object = {}): ApiObject {
  return new ApiObject(new Chart(new App(), 'chart'), 'Object', { ...IDENTITY, metadata: { name: 'alice', ...metadata }, ...body });
}

/** Bytes, so that the order of keys counts. Text with a variable of a shell gets a mark against Flux, which the stock renderer does not know. */
function bytes(object: ApiObject): string {
  return JSON.stringify(withoutSubstitution(object.toJson()));
}

/** A field name. The stock renderer asks `constructor` of every object, and `__proto__` is none of a field's names. */
const key = fc
  .oneof(fc.string({ maxLength: 6 }), fc.constantFrom('name', 'value', 'a', 'b', '10', '9', 'resolve'))
  .filter((text) => !['__proto__', 'constructor', 'apiVersion', 'kind', 'metadata'].includes(text));

const { tree: json } = fc.letrec((tie) => ({
  tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('leaf'), tie('list'), tie('object')),
  leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  object: fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
}));

const body = fc.dictionary(key, json, { maxKeys: 30, noNullPrototype: true });

const texts = fc.dictionary(key, fc.string(), { maxKeys: 4, noNullPrototype: true });

const metadata = fc.record(
  {
    namespace: fc.string(),
    labels: texts,
    annotations: texts,
    finalizers: fc.array(fc.string(), { maxLength: 2 }),
    ownerReferences: fc.array(
      fc.record(
        { apiVersion: fc.string(), kind: fc.string(), name: fc.string(), uid: fc.string(), controller: fc.boolean() },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
    generateName: fc.string(),
    managedFields: json,
  },
  { requiredKeys: [], noNullPrototype: true },
);

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('the JSON of a WireObject', () => {
  test('is that of an ApiObject, for any plain body and metadata', () => {
    fc.assert(
      fc.property(body, metadata, (fields, meta) => {
        expect(bytes(wire(fields, meta))).toBe(bytes(stock(fields, meta)));
      }),
      { numRuns: size(400, 10_000) },
    );
  });

  test('is that of an ApiObject, for what is added to the metadata later', () => {
    fc.assert(
      fc.property(texts, json, (labels, value) => {
        const both = [wire({}), stock({})].map((object) => {
          for (const [name, text] of Object.entries(labels)) object.metadata.addLabel(name, text);
          object.metadata.addAnnotation('a', 'b');
          object.metadata.addFinalizers('example.com/keep');
          object.metadata.addOwnerReference({ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' });
          object.metadata.add('extra', value);
          return bytes(object);
        });
        expect(both[0]).toBe(both[1]);
      }),
      { numRuns: size(100, 2000) },
    );
  });

  test.each(['minimal', 'full'])('is that of an ApiObject, for every kind of the %s instance', (which) => {
    const resolution = resolve(which === 'full' ? full('alice') : minimal('alice'));
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));

    for (const manifest of render(resolution.instance)) {
      const copy = new ApiObject(new Chart(new App(), 'chart'), 'Object', structuredClone(manifest) as never);
      expect(JSON.stringify(manifest)).toBe(bytes(copy));
    }
  });

  test.each(['minimal', 'full'])('of the %s instance is rendered without a change of the instance', (which) => {
    const resolution = resolve(which === 'full' ? full('alice') : minimal('alice'));
    if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
    const text = JSON.stringify(render(resolution.instance));

    expect(JSON.stringify(render(deepFreeze(resolution.instance)))).toBe(text);
  });

  test('shares nothing with the body, so that no YAML writer makes anchors of it', () => {
    const shared = { a: [1] };

    const manifest = wire({ one: shared, two: shared }).toJson() as unknown as Record<string, { a: unknown }>;

    expect(manifest['one']).not.toBe(shared);
    expect(manifest['one']).not.toBe(manifest['two']);
    expect(manifest['one']!.a).not.toBe(shared.a);
  });

  test('is the same when it is only to be read, and changes nothing of the body', () => {
    fc.assert(
      fc.property(body, metadata, (fields, meta) => {
        const object = wire(deepFreeze(fields), meta);

        expect(JSON.stringify(object.manifest())).toBe(bytes(object));
      }),
      { numRuns: 400 },
    );
  });

  test('has what is in form already as it is, when it is only to be read', () => {
    const sorted = { a: [1, { b: 'x' }] };

    expect(wire({ spec: sorted }).manifest()['spec']).toBe(sorted);
  });

  test('keeps a hole of a list and drops null elsewhere', () => {
    const { spec } = wire({ spec: { list: [1, undefined, null], gone: null, also: undefined } }).toJson() as unknown as { spec: object };

    expect(spec).toEqual({ list: [1, null, null] });
  });

  test('is rendered anew from what is there at synthesis', () => {
    const data: Record<string, string> = {};
    const chart = new Chart(new App(), 'chart');
    const object = new WireObject(chart, 'Object', { ...IDENTITY, metadata: { name: 'alice' }, produce: () => ({ data }) });

    data['later'] = 'here';

    expect(object.toJson()['data']).toEqual({ later: 'here' });
  });

  test('refuses what is neither JSON nor known to cdk8s, as an ApiObject does', () => {
    expect(() => wire({ spec: { since: new Date(0) } }).toJson()).toThrow(/'chart\/Object' .*non-simple object of type 'Date'/);
  });
});

describe('the escape hatches of cdk8s', () => {
  test('JSON patches change what is rendered', () => {
    const object = wire({ spec: { replicas: 1, z: 1, a: 2 } });

    object.addJsonPatch(
      JsonPatch.replace('/spec/replicas', 3),
      JsonPatch.add('/spec/b', [1]),
      JsonPatch.add('/metadata/labels', { x: 'y' }),
    );

    expect(JSON.stringify(object.toJson())).toBe(
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"x":"y"},"name":"alice"},"spec":{"a":2,"b":[1],"replicas":3,"z":1}}',
    );
  });

  test('a patch that fails names the construct', () => {
    const object = wire({});

    object.addJsonPatch(JsonPatch.replace('/spec/replicas', 3));

    expect(() => object.toJson()).toThrow("path 'chart/Object'");
  });

  test.each([
    ['Lazy', () => Lazy.any({ produce: () => 'late' }) as string],
    ['a token', () => ({ resolve: () => 'late' })],
  ])('%s is resolved in the body and in the metadata', (_, late) => {
    const object = wire({ data: { list: [late()], text: late() } }, { labels: { label: late() } });
    object.metadata.addAnnotation('note', late() as string);
    object.metadata.add('extra', late());

    expect(object.toJson()).toEqual({
      ...IDENTITY,
      metadata: { name: 'alice', annotations: { note: 'late' }, extra: 'late', labels: { label: 'late' } },
      data: { list: ['late'], text: 'late' },
    });
  });

  test('resolvers of the App see every value', () => {
    class Shout implements IResolver {
      public resolve(context: ResolutionContext): void {
        if (context.value === 'quiet') context.replaceValue('LOUD');
      }
    }
    const object = wire({ data: { a: 'quiet' } }, { annotations: { b: 'quiet' } }, new App({ resolvers: [new Shout()] }));

    expect(object.toJson()).toMatchObject({ data: { a: 'LOUD' }, metadata: { annotations: { b: 'LOUD' } } });
  });

  test('labels and namespace of the chart are on the object; its own win', () => {
    const chart = new Chart(new App(), 'chart', { namespace: 'team-a', labels: { team: 'a', tier: 'chart' } });
    const object = new WireObject(chart, 'Object', {
      ...IDENTITY,
      metadata: { name: 'alice', labels: { tier: 'own' } },
      produce: () => ({}),
    });

    expect(object.toJson().metadata).toEqual({ name: 'alice', namespace: 'team-a', labels: { team: 'a', tier: 'own' } });
  });

  test('ApiObject.of and instanceof know the object', () => {
    const object = wire({});

    expect(ApiObject.of(object)).toBe(object);
    expect(object).toBeInstanceOf(ApiObject);
    expect(object).toBeInstanceOf(WireObject);
    expect(stock({})).not.toBeInstanceOf(WireObject);
  });

  test('the environment cannot unsort what a patch made the stock renderer render', () => {
    const object = wire({ spec: { z: 1, a: 2 } });
    object.addJsonPatch(JsonPatch.add('/spec/m', 3));
    const sorted = bytes(object);

    process.env['CDK8S_DISABLE_SORT'] = '1';
    try {
      expect(bytes(object)).toBe(sorted);
    } finally {
      delete process.env['CDK8S_DISABLE_SORT'];
    }
  });
});
