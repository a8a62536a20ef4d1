import { type Kind, kinds } from '../../../constructs/wire/kinds';
import { idOf, objectId } from '../../../constructs/wire/object-ref';
import { ApiError, FencedError } from '../../../controller/api/errors';
import type { ApiPort, ApiRequest } from '../../../controller/api/port';
import { ApplySink } from '../../../controller/carry-out/apply-sink';
import { Executor, type Work } from '../../../controller/carry-out/carry-out';
import { inTurns } from '../../../controller/carry-out/turns';
import type { Plan } from '../../../controller/decide/plan';
import type { Step } from '../../../controller/lifecycle/step';
import { KindTable, registeredKinds } from '../../../controller/objects/kinds';
import { withIngress } from '../../builders';
import type { FakeApi } from '../fake-api';
import { anObserved, planOf } from '../observed';
import { aServer, createKnown, fillCaches, stopAll } from '../world';

afterEach(stopAll);

/** Lets everything run that waits for nothing outside. */
function nextTurn(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)));
}

/** A server that answers no write until it is told to. */
class SlowServer implements ApiPort {
  private readonly held: { readonly path: string; readonly answer: () => void }[] = [];

  public constructor(private readonly api: FakeApi) {}

  public async request(request: ApiRequest): ReturnType<ApiPort['request']> {
    const { method, path } = request;
    if (method !== 'GET') await new Promise<void>((answer) => this.held.push({ path, answer }));
    return this.api.request(request);
  }

  public stream(...request: Parameters<ApiPort['stream']>): ReturnType<ApiPort['stream']> {
    return this.api.stream(...request);
  }

  /** The writes that came at once, each time until one is left without an answer; the later ones are answered first. */
  public async rounds(work: Promise<unknown>): Promise<string[][]> {
    const rounds: string[][] = [];
    const over = work.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([over, nextTurn()]))) {
      const all = this.held.splice(0).toReversed();
      if (all.length > 0) rounds.push(all.map(({ path }) => path.split('/').at(-2) ?? '').toSorted());
      for (const { answer } of all) {
        answer();
        await nextTurn();
      }
    }
    return rounds;
  }
}

interface Subject {
  readonly api: FakeApi;
  readonly slow: SlowServer;
  readonly plan: Plan;
  readonly work: Work;
}

async function begin(): Promise<Subject> {
  const api = aServer();
  const slow = new SlowServer(api);
  const { caches } = await fillCaches(api);
  const instance = createKnown(api);
  const plan = planOf({ ...anObserved({ modifiers: [withIngress('traefik')] }), instance });
  return { api, slow, plan, work: new Executor(slow, new ApplySink(slow, caches), undefined).begin(instance) };
}

describe('the objects of an instance', () => {
  it('are sent at once where they need nothing of each other; a binding after its role, the workload after both, the rest last', async () => {
    const { slow, plan, work } = await begin();
    const rounds = await slow.rounds(work.carryOut(plan));
    expect(rounds.map((round) => [...new Set(round)])).toEqual([
      ['configmaps', 'networkpolicies', 'persistentvolumeclaims', 'poddisruptionbudgets', 'roles', 'serviceaccounts', 'services'],
      ['rolebindings'],
      ['statefulsets'],
      ['ingresses', 'middlewares'],
    ]);
    expect(rounds.flat()).toHaveLength(plan.manifests.length);
  });

  it('are told of in the order of the manifests, whichever came first', async () => {
    const { slow, plan, work } = await begin();
    await slow.rounds(work.carryOut(plan));
    const places = plan.manifests.map((manifest) => idOf({ ...manifest, metadata: { namespace: 'team-a', ...manifest.metadata } }));
    expect(work.outcome.objects.map((object) => objectId(object))).toEqual(places);
  });

  it('go on without one that is refused, in its turn and in those after it', async () => {
    const { api, slow, plan, work } = await begin();
    api.fail(new ApiError('no', 403, 'Forbidden'), ({ path }) => path.includes('/roles/'));
    await slow.rounds(work.carryOut(plan));
    const made = work.outcome.objects.map(({ kind, action }) => `${kind} ${action}`).filter((text) => !text.endsWith('created'));
    expect(made).toEqual(['Role failed']);
    expect(work.outcome.objects).toHaveLength(plan.manifests.length);
  });

  it('are given up as a whole when the fence closes, and nothing is under way any more by then', async () => {
    const { api, slow, plan, work } = await begin();
    api.fail(new FencedError({ method: 'PATCH', path: '/x' }), ({ path }) => path.includes('/roles/'));
    const done = work.carryOut(plan);
    await slow.rounds(done);
    await expect(done).rejects.toThrow(FencedError);
    const { length } = api.requests;
    await nextTurn();
    expect(api.requests).toHaveLength(length);
    expect(api.find('StatefulSet', 'alice')).toBeUndefined();
  });
});

function apply({ apiVersion, kind }: Kind): Step {
  return { step: 'apply', manifest: { apiVersion, kind, metadata: { name: 'alice' } } };
}

describe('turns', () => {
  it('change the order of no other steps', () => {
    const finalizer: Step = { step: 'add-finalizer' };
    const end: Step = { step: 'remove-finalizer' };
    const [ingress, service, role, binding] = [kinds.ingress, kinds.service, kinds.role, kinds.roleBinding].map((kind) => apply(kind));
    const steps = [finalizer, ingress, service, end, binding, role, end].map((step) => step as Step);
    expect(inTurns(steps, registeredKinds)).toEqual([[finalizer], [service], [ingress], [end], [role], [binding], [end]]);
    expect(inTurns([], registeredKinds)).toEqual([]);
  });

  it('of a kind that says nothing of itself are the last', () => {
    const { turn: _turn, ...unsaid } = kinds.service;
    const table = new KindTable([unsaid, kinds.statefulSet]);
    const [service, workload] = [apply(kinds.service), apply(kinds.statefulSet)];
    expect(inTurns([service, workload], table)).toEqual([[workload], [service]]);
  });
});
