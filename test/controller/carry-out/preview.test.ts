import { ApiError, ConnectionError } from '../../../controller/api/errors';
import { ApplySink } from '../../../controller/carry-out/apply-sink';
import type { Preview } from '../../../controller/carry-out/object-apply';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { ObjectOutcome } from '../../../controller/decide/outcome';
import { withSpec } from '../../builders';
import type { FakeApi } from '../fake-api';
import { live } from '../observed';
import { type Filled, aServer, fillCaches, stopAll } from '../world';
import { type Manifest, manifest, patchesOf, placeOn } from './manifests';

let api: FakeApi;
let filled: Filled;
let sink: ApplySink;
let instance: LiveInstance;

beforeEach(async () => {
  api = aServer();
  filled = await fillCaches(api);
  sink = new ApplySink(api, filled.caches);
  instance = live();
});
afterEach(stopAll);

/** One apply; the caches then know of it. */
async function apply(what: Manifest): Promise<ObjectOutcome> {
  api.forgetRequests();
  const outcome = await sink.apply(what, instance);
  await filled.caughtUp();
  return outcome;
}

const patches = (): object[] => patchesOf(api);

const changed = (): Manifest => {
  const { spec, ...rest } = manifest('StatefulSet') as Manifest & { spec: object };
  return { ...rest, spec: { ...spec, serviceName: 'other' } };
};

async function preview(what: Manifest): Promise<Preview> {
  return sink.preview(what, instance);
}

describe('a preview', () => {
  it('of what is not there: it would be created, and is not', async () => {
    expect(await preview(manifest('Service'))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      namespace: 'team-a',
      name: 'alice',
      action: 'created',
      fields: [],
    });
    expect(api.writes).toEqual([]);
    expect(api.find('Service', 'alice')).toBeUndefined();
  });

  it('of what is as it should be, and of what is not, with the fields', async () => {
    await apply(manifest('StatefulSet'));
    api.forgetRequests();
    expect(await preview(manifest('StatefulSet'))).toMatchObject({ action: 'unchanged', fields: [] });
    const next = await preview(manifest('StatefulSet', withSpec({ image: { tag: '2026.9.7' } })));
    expect(next).toMatchObject({ action: 'configured' });
    expect(next).toHaveProperty('fields', expect.arrayContaining(['.spec.template.spec.containers[name="openclaw"].image']));
    expect(api.writes).toEqual([]);
  });

  it('C25 is asked for once, also when the status moves on, and again when somebody changes a field of ours', async () => {
    await apply(manifest('StatefulSet'));
    await preview(manifest('StatefulSet'));
    api.forgetRequests();
    api.edit('StatefulSet', 'alice', { status: { readyReplicas: 1 } });
    await filled.caughtUp();
    await preview(manifest('StatefulSet'));
    expect(api.requests).toEqual([]);
    api.edit('StatefulSet', 'alice', { spec: { replicas: 3 } }, 'kubectl-scale');
    await filled.caughtUp();
    expect(await preview(manifest('StatefulSet'))).toMatchObject({ action: 'configured', fields: ['.spec.replicas'] });
    expect(patches()).toEqual([{ fieldManager: 'openclaw-controller', dryRun: 'All', force: 'true' }]);
  });

  it('is asked for again after the instance was forgotten', async () => {
    await apply(manifest('Service'));
    await preview(manifest('Service'));
    sink.forget({ namespace: 'team-a', name: 'alice' });
    api.forgetRequests();
    await preview(manifest('Service'));
    expect(patches()).toHaveLength(1);
  });

  it('leads to the same apply as none', async () => {
    await preview(manifest('Service'));
    expect((await apply(manifest('Service'))).action).toBe('created');
    await preview(manifest('Service'));
    expect((await apply(manifest('Service'))).action).toBe('unchanged');
    expect(api.writes).toEqual([]);
  });

  it('of what is not ours asks the server nothing but what is there', async () => {
    placeOn(api, { kind: 'Service', spec: { ports: [] } });
    expect(await preview(manifest('Service'))).toMatchObject({
      action: 'foreign',
      message: expect.stringMatching(/^Service alice/) as string,
    });
    expect(patches()).toEqual([]);
  });

  it('of a StatefulSet whose fields cannot change: it would be replaced, and is not', async () => {
    await apply(manifest('StatefulSet'));
    api.forgetRequests();
    expect(await preview(changed())).toMatchObject({ action: 'replacing' });
    expect(api.writes).toEqual([]);
    expect(api.find('StatefulSet', 'alice')).toBeDefined();
  });

  it('of a StatefulSet that would lose its pods is a refusal', async () => {
    const { spec, ...rest } = manifest('StatefulSet') as Manifest & { spec: object };
    await apply({ ...rest, spec: { ...spec, selector: { matchLabels: { app: 'old' } } } });
    expect(await preview(manifest('StatefulSet'))).toMatchObject({ action: 'failed', failure: { reason: 'ImmutableSelector' } });
  });

  it.each([
    [
      'a refusal, with the words of the server',
      new ApiError('spec.ports: Required', 422, 'Invalid'),
      { action: 'failed', failure: { message: 'spec.ports: Required' } },
    ],
    ['a server that is away', new ConnectionError('refused', 'ECONNREFUSED'), { action: 'failed', failure: { transient: true } }],
    [
      'C25 a webhook that knows no dry run: nobody can tell',
      new ApiError('admission webhook "x" does not support dry run', 400, 'BadRequest'),
      { action: 'unknown', message: 'admission webhook "x" does not support dry run' },
    ],
    [
      'a RoleBinding before its Role is there, to whoever may not grant all rights: nobody can tell',
      new ApiError('rolebindings "alice" not found', 404, 'NotFound', { name: 'alice', kind: 'rolebindings' }),
      { action: 'unknown' },
    ],
    [
      'a namespace that is not there',
      new ApiError('namespaces "team-a" not found', 404, 'NotFound', { name: 'team-a', kind: 'namespaces' }),
      { action: 'failed', failure: { reason: 'NotFound' } },
    ],
    [
      'a kind that the server does not have',
      new ApiError('the server could not find the requested resource', 404, 'NotFound'),
      { action: 'failed', failure: { reason: 'NotFound' } },
    ],
    ['another bad request', new ApiError('strict decoding error', 400, 'BadRequest'), { action: 'failed', failure: { status: 400 } }],
  ])('tells %s', async (_what, error, expected) => {
    api.fail(error, ({ method }) => method === 'PATCH');
    expect(await preview(manifest('Service'))).toMatchObject(expected);
  });

  it('of an object on its way out waits for it', async () => {
    await apply(manifest('Service'));
    api.edit('Service', 'alice', { metadata: { finalizers: ['hold'] } });
    await api.remove('Service', 'alice');
    await filled.caughtUp();
    expect(await preview(manifest('Service'))).toMatchObject({ action: 'replacing' });
  });
});
