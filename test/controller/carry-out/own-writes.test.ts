import { ApplySink } from '../../../controller/carry-out/apply-sink';
import { Executor } from '../../../controller/carry-out/carry-out';
import { decide } from '../../../controller/decide/decide';
import { prepare } from '../../../controller/decide/prepare';
import type { Outcome } from '../../../controller/decide/outcome';
import type { LiveInstance } from '../../../controller/objects/objects';
import type { Observed } from '../../../controller/observe/observed';
import type { FakeApi } from '../fake-api';
import { NOW, anObserved } from '../observed';
import { aServer, create, createKnown, fillCaches, stopAll } from '../world';

let api: FakeApi;
let executor: Executor;

beforeEach(async () => {
  api = aServer();
  const { caches } = await fillCaches(api);
  executor = new Executor(api, new ApplySink(api, caches), undefined);
});
afterEach(stopAll);

async function run(observed: Observed): Promise<Outcome> {
  const work = executor.begin(observed.instance);
  await work.prepare(prepare(observed));
  return work.carryOut(decide(observed, NOW));
}

describe('T-T16 the finalizer', () => {
  it('is done with where the instance is gone, or has it no more, though a cache has not seen that', async () => {
    createKnown(api);
    await api.remove('OpenClawInstance', 'alice');
    const observed = { ...anObserved(), instance: api.get('OpenClawInstance', 'alice') as LiveInstance };
    expect((await run(observed)).failures).toEqual([]);
    expect(api.find('OpenClawInstance', 'alice')).toBeUndefined();
    expect((await run(observed)).failures).toEqual([]);
    const { metadata, ...rest } = observed.instance;
    api.seed({ ...rest, metadata: { ...metadata, finalizers: ['theirs'] } });
    expect((await run(observed)).failures).toEqual([]);
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(['theirs']);
  });

  it('of another instance of the name that has come meanwhile stays', async () => {
    createKnown(api);
    await api.remove('OpenClawInstance', 'alice');
    const observed = { ...anObserved(), instance: api.get('OpenClawInstance', 'alice') as LiveInstance };
    await run(observed);
    const { metadata, ...rest } = observed.instance;
    const { deletionTimestamp: _ending, ...next } = metadata;
    api.seed({ ...rest, metadata: { ...next, uid: 'uid-of-the-next' } });
    expect((await run(observed)).failures).toEqual([]);
    expect(api.get('OpenClawInstance', 'alice').metadata.finalizers).toEqual(metadata.finalizers);
  });

  it('of an instance that is deleted before anybody looked is no failure, and nothing is made for it', async () => {
    const instance = create(api);
    await api.remove('OpenClawInstance', 'alice');
    const outcome = await run({ ...anObserved({ secrets: new Map() }), instance });
    expect([outcome.failures, outcome.objects, api.names()]).toEqual([[], [], []]);
  });
});
