import { withAnnotations, withSpec } from '../../builders';
import { isLong } from '../../long';
import { type Fault, faults, strikeAt } from '../lifecycle/faults/faults';
import { create } from '../world';
import { type Asking, MINE, aRequest, endAll, guard, mayAsk, specOf, started } from './requests';

afterEach(endAll);

interface Tale {
  readonly name: string;
  begin(): Promise<Asking>;
  readonly change: Parameters<typeof aRequest>[1];
  readonly phase: string;
  readonly env: readonly string[];
}

/** Alice comes from Git. */
const managed = withAnnotations({ 'argocd.argoproj.io/tracking-id': 'apps:openclaw.rocks/OpenClawInstance:team-a/alice' });
const hers = withSpec({ skills: ['@p/hers'] });
const CHANGE = { ...MINE, addSkills: ['@a/one'], removeSkills: ['@p/hers'] };

const tales: readonly Tale[] = [
  {
    name: 'carried out in the spec',
    begin: async () => started((api) => (guard(api), create(api, mayAsk(), hers))),
    change: CHANGE,
    phase: 'Applied',
    env: ['MY_A=1'],
  },
  {
    name: 'held beside the instance',
    begin: async () => started((api) => (guard(api), create(api, mayAsk(), hers, managed))),
    change: CHANGE,
    phase: 'Applied',
    env: ['MY_A=1'],
  },
  {
    name: 'denied',
    begin: async () => started((api) => (guard(api), create(api, mayAsk('skills'), hers))),
    change: MINE,
    phase: 'Denied',
    env: [],
  },
  {
    name: 'failed',
    begin: async () => started((api) => (guard(api), create(api, mayAsk(), hers))),
    change: { addEnvVars: [{ name: 'MY_A', value: `ghp_${'a1B2'.repeat(9)}` }] },
    phase: 'Failed',
    env: [],
  },
];

interface Outcome {
  /** The story has fewer requests. */
  readonly isOver: boolean;
  readonly seen: object;
  /** The variables of the agent after a person took them away. */
  readonly after: readonly string[];
}

/** Tells a story with a fault at its so-manieth request, and what a person does after its end. */
async function told(tale: Tale, fault: Fault, index: number): Promise<Outcome> {
  const one = await tale.begin();
  const { api } = one.world;
  const count = strikeAt(api, fault, index);
  api.seed(aRequest('r1', tale.change), 'agent');
  await one.settle();
  await one.advance(60_000);
  api.heal();
  if (fault.kills) await one.restart();
  else if (fault.lasts === 'a while') api.watches.cut(fault.error);
  await one.advance(2 * 60_000);
  const { status, metadata } = one.request('r1');
  const seen = { phase: status?.phase, env: one.env(), owners: metadata.ownerReferences?.length, hers: specOf(one).skills?.[0] };
  // What a person takes away after the end stays away, whoever comes after.
  api.edit('OpenClawInstance', 'alice', { spec: { env: null } });
  if (api.find('ConfigMap', 'alice-agent-changes')) await api.remove('ConfigMap', 'alice-agent-changes');
  await one.restart();
  return { isOver: count() < index, seen, after: one.env() };
}

const counts: Record<string, number> = {};

afterAll(() => {
  if (isLong) process.stderr.write(`${JSON.stringify(counts, undefined, 2)}\n`);
});

const places = faults.map((fault, index) => ({ fault, index, name: fault.name }));

describe.each(tales.map((tale, row) => ({ tale, row, name: tale.name })))('C30 a request that is $name', ({ tale, row }) => {
  it.each(places.filter(({ index }) => isLong || index % 3 === row % 3))(
    'with its controller or its server "$name" is answered as if nothing had been, once',
    async ({ fault, index }) => {
      let at = isLong ? 1 : 1 + ((5 * index + 3 * row) % 8);
      for (let isOver = false; !isOver; at += 1) {
        const { seen, after, ...outcome } = await told(tale, fault, at);
        expect({ at, seen }).toEqual({ at, seen: { phase: tale.phase, env: tale.env, owners: 1, hers: '@p/hers' } });
        expect({ at, after }).toEqual({ at, after: [] });
        isOver = outcome.isOver || !isLong;
        await endAll();
      }
      counts[`${tale.name}: ${fault.name}`] = at - 2;
    },
    900_000,
  );
});
