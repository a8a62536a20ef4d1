import * as fc from 'fast-check';
import type { JsonObject, StructuralSchema } from '../../constructs/schema/structural';
import { celCases } from '../constructs/schema/cel-cases';
import { size } from '../long';
import { ok, waitUntil, type ObjectRef } from './api';
import { describeWith, testApi } from './parts';
import { localVerdict, serverVerdict, type Send, type Verdict } from './schema-verdicts';
import { fieldValues, scratchDefinition, scratchSchema } from './scratch-schema';
import { laterChanges, laterSchema, transitions, transitionSchema } from './transition-schema';

/** How often fast-check tries. */
const RUNS = size(300, 5000);

const api = testApi();

/**
 * Known differences, all of them on purpose:
 * - of a mapping in the place of a list or text the server also names each key as unknown;
 * - where a text with a format belongs, the server lets any list pass;
 * - a number out of the range of 32 bits, and a value that fits none of `anyOf`, carry no path on the server.
 */
describeWith(['server'], 'the schema walker beside the API server', () => {
  const GROUP = 'schema.test.openclaw.rocks';

  beforeAll(() => install(GROUP, scratchSchema));
  afterAll(() => remove(GROUP));

  test.each(fieldValues.map(([name, values]) => [name, values]))('agrees on every value of %s', async (name, values) => {
    const documents = values.map((value) => scratch(GROUP, { spec: { [name]: value } }));
    expect(localVerdicts(scratchSchema, documents)).toEqual(await serverVerdicts(GROUP, documents));
  });

  test('agrees on documents with many fields', async () => {
    const documents = fc.sample(specs(), RUNS).map((spec) => scratch(GROUP, { spec }));
    expect(localVerdicts(scratchSchema, documents)).toEqual(await serverVerdicts(GROUP, documents));
  });

  test.each<[string, JsonObject]>([
    ['a field beside spec', { spec: {}, extra: 1 }],
    ['a spec of the wrong type', { spec: 'x' }],
    ['a spec of null', { spec: null }],
    ['no spec', {}],
    ['an unknown field of metadata', { metadata: { name: 'a', lables: {} } }],
    ['a null in metadata', { metadata: { name: 'a', labels: null } }],
  ])('agrees on %s', async (_, part) => {
    const document = scratch(GROUP, part);
    expect(localVerdict(scratchSchema, document)).toEqual(await serverVerdict(sender(GROUP), document));
  });
});

describeWith(['server'], 'the rule runner beside the API server', () => {
  const GROUP = 'cel.test.openclaw.rocks';
  const schema = ruledSchema();

  beforeAll(() => install(GROUP, schema));
  afterAll(() => remove(GROUP));

  test.each(celCases.map((one, index) => [one.title, one, `c${index}`] as const))(
    'agrees on every value of "%s"',
    async (_, { accepts, refuses }, name) => {
      const documents = [...accepts, ...refuses].map((value) => scratch(GROUP, { spec: { [name]: value } }));
      const theirs = await serverVerdicts(GROUP, documents);
      expect(localVerdicts(schema, documents)).toEqual(theirs);
      // The table of cases says the same, so that it can stand alone where there is no server.
      expect(theirs.map(({ errors }) => errors.length)).toEqual([...accepts.map(() => 0), ...refuses.map(() => 1)]);
    },
  );
});

describeWith(['server'], 'transition rules beside the API server', () => {
  const GROUP = 'old.test.openclaw.rocks';

  beforeAll(() => install(GROUP, transitionSchema));
  afterAll(() => remove(GROUP));

  test.each(transitions.map((one, index) => [one.title, one, `t${index}`] as const))(
    'agrees when %s',
    async (_, { before, after }, name) => {
      const previous = scratch(GROUP, { spec: before }, name);
      const changed = scratch(GROUP, { spec: after }, name);
      const created = ok(await api.create(previous));
      const metadata = { name, resourceVersion: created.metadata.resourceVersion ?? '' };
      const send: Send = (document, fieldValidation) =>
        api.request('PUT', `/apis/${GROUP}/v1/scratches/${name}`, {
          body: { ...document, metadata },
          query: { dryRun: 'All', fieldValidation },
        });
      expect(localVerdict(transitionSchema, changed, previous)).toEqual(await serverVerdict(send, changed));
    },
  );
});

describeWith(['server'], 'what was stored before a rule, beside the API server', () => {
  const GROUP = 'later.test.openclaw.rocks';
  const open = { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } as const;
  const named = laterChanges.map((one, index) => [one.title, one, `t${index}`] as const);
  const previousOf = (before: JsonObject, name: string): JsonObject & ObjectRef => scratch(GROUP, { spec: before }, name);

  beforeAll(async () => {
    await install(GROUP, open);
    for (const [, { before }, name] of named) ok(await api.create(previousOf(before, name)));
    ok(await api.patch(scratchDefinition(GROUP, open), { spec: { versions: scratchDefinition(GROUP, laterSchema)['spec'].versions } }));
    await waitUntil(
      'the rules',
      () => sender(GROUP)(scratch(GROUP, { spec: { text: 'bad' } }), 'Ignore'),
      ({ status }) => status === 422,
    );
  });
  afterAll(() => remove(GROUP));

  test.each(named)('agrees when %s', async (_, { before, after }, name) => {
    const changed = scratch(GROUP, { spec: after }, name);
    const { metadata } = ok(await api.get(changed));
    const body = { ...changed, metadata: { name, resourceVersion: metadata.resourceVersion ?? '' } };
    const send: Send = (_document, fieldValidation) =>
      api.request('PUT', `/apis/${GROUP}/v1/scratches/${name}`, { body, query: { dryRun: 'All', fieldValidation } });
    expect(localVerdict(laterSchema, changed, previousOf(before, name))).toEqual(await serverVerdict(send, changed));
  });
});

/** One field a case, each with its rule. */
function ruledSchema(): StructuralSchema {
  const fields = celCases.map(({ schema, rule }, index): [string, StructuralSchema] => [
    `c${index}`,
    { ...schema, 'x-kubernetes-validations': [{ rule, message: 'no' }] },
  ]);
  return { type: 'object', properties: { spec: { type: 'object', properties: Object.fromEntries(fields) } } };
}

/** A handful of fields, each with one of its values. */
function specs(): fc.Arbitrary<JsonObject> {
  const field = fc.constantFrom(...fieldValues).chain(([name, values]) => fc.tuple(fc.constant(name), fc.constantFrom(...values)));
  return fc.array(field, { maxLength: 8 }).map((fields) => Object.fromEntries(fields));
}

function scratch(group: string, part: JsonObject, name = 'a'): JsonObject & ObjectRef {
  return { apiVersion: `${group}/v1`, kind: 'Scratch', metadata: { name }, ...part };
}

function localVerdicts(schema: StructuralSchema, documents: readonly JsonObject[]): Verdict[] {
  return documents.map((document) => localVerdict(schema, document));
}

function serverVerdicts(group: string, documents: readonly JsonObject[]): Promise<Verdict[]> {
  return Promise.all(documents.map((document) => serverVerdict(sender(group), document)));
}

function sender(group: string): Send {
  return (document, fieldValidation) =>
    api.request('POST', `/apis/${group}/v1/scratches`, { body: document, query: { dryRun: 'All', fieldValidation } });
}

async function install(group: string, schema: StructuralSchema): Promise<void> {
  const definition = scratchDefinition(group, schema);
  ok(await api.create(definition));
  await api.waitFor(definition, (crd) => (crd['status']?.conditions ?? []).some(isEstablished));
  await waitUntilServed(group);
}

function isEstablished(condition: { readonly type: string; readonly status: string }): boolean {
  return condition.type === 'Established' && condition.status === 'True';
}

/** A definition is established a moment before its first request is served. */
async function waitUntilServed(group: string): Promise<void> {
  const read = async (): Promise<number> => (await sender(group)(scratch(group, {}), 'Ignore')).status;
  await waitUntil(`${group} to be served`, read, (status) => status !== 404);
}

async function remove(group: string): Promise<void> {
  ok(await api.delete(scratchDefinition(group, {})));
}
