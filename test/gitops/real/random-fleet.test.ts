import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { render, resolve } from '../../../constructs';
import { refuseSecrets } from '../../../gitops/gate/secret-gate';
import { createGit } from '../../../gitops/git/git';
import { openFence } from '../../../gitops/git/fence';
import { type InstanceLayout, layout } from '../../../gitops/layout/layout';
import { type PublishRequest, isDeletion } from '../../../gitops/publish/publish';
import { Publisher } from '../../../gitops/publish/publisher';
import { Repository } from '../../../gitops/publish/repository';
import type { TreeStore } from '../../../gitops/publish/tree-store';
import { size } from '../../long';
import { type RandomInstance, instances } from '../../random/specs';
import { OPTIONS, OWNER } from '../layouts';
import { type BareRepository, bareRepository } from './bare';
import { dying } from './faulty-store';
import { RushingClock, TIMES } from './publishing';

const STEPS = size(14, 300);
const FLEET = 20;
const SEED = Number(process.env['RANDOM_SEED'] ?? Math.trunc(Math.random() * 2 ** 31));

let remote: BareRepository;

beforeEach(() => {
  remote = bareRepository();
});
afterEach(() => remote.remove());

/** A stream of numbers that a seed gives again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.trunc((state / 2 ** 32) * below);
  };
}

function isFit(one: RandomInstance): boolean {
  try {
    refuseSecrets(layoutOf('fit', one).files, undefined);
    return true;
  } catch {
    return false;
  }
}

/** Specs that may be committed: those with text that looks like a secret are refused by the gate, which has tests of its own. */
function specs(count: number): RandomInstance[] {
  return fc.sample(instances.filter(isFit), { numRuns: count, seed: SEED });
}

function layoutOf(name: string, { written, facts }: RandomInstance): InstanceLayout {
  const resolution = resolve({ ...written, metadata: { ...written.metadata, name, namespace: 'team-a' } }, facts);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return layout({ name, namespace: 'team-a', manifests: render(resolution.instance) }, OPTIONS);
}

/** Every file that should be there, with the id that git gives its bytes. */
function expected(wanted: ReadonlyMap<string, InstanceLayout | undefined>): string[] {
  const files = [...wanted.values()].flatMap((one) => one?.files ?? []);
  return files
    .map(
      ({ path, text }) =>
        `${createHash('sha1')
          .update(`blob ${Buffer.byteLength(text)}\0${text}`)
          .digest('hex')} ${path}`,
    )
    .toSorted();
}

function found(): string[] {
  if (remote.commits() === 0) return [];
  const lines = remote.git('ls-tree', '-r', '-z', 'main').split('\0').filter(Boolean);
  const files = lines.map((line) => line.replace(/^100644 blob (\w+)\t/, '$1 '));
  return files.filter((line) => !line.includes(' other-')).toSorted();
}

it(`after edits, deletions, crashes and commits of others at random the tree is what all specs say (RANDOM_SEED=${SEED})`, async () => {
  const random = numbers(SEED);
  const pool = specs(size(12, 100));
  const wanted = new Map<string, InstanceLayout | undefined>();
  const open = (wrap: (store: TreeStore) => TreeStore = (store) => store): Publisher => {
    const store = new Repository(createGit({ url: remote.path, branch: 'main', allow: ['file'] }), { createBranch: true });
    return new Publisher({ repository: wrap(store), clock: new RushingClock(), fence: openFence, engine: '1.2.3', times: TIMES });
  };
  const request = (name: string): PublishRequest => {
    const laid = wanted.get(name);
    const placement = { cluster: OPTIONS.cluster, namespace: 'team-a', name };
    return { placement, owner: OWNER, ...(laid && { layout: laid }) };
  };
  /** Whoever comes after a crash knows nothing of what was asked, and asks for everything. */
  const settle = async (publisher: Publisher, names: Iterable<string>): Promise<void> => {
    const results = await Promise.all([...names].map((name) => publisher.publish(request(name))));
    for (const result of results) if (!result.ok) throw result.error;
  };
  let publisher = open();
  for (let step = 0; step < STEPS; step += 1) {
    const names = Array.from({ length: 1 + random(5) }, () => `agent-${random(FLEET)}`);
    for (const name of names) wanted.set(name, random(4) === 0 ? undefined : layoutOf(name, pool[random(pool.length)]!));
    if (random(3) === 0) remote.commitEntries([`100644 ${remote.writeBlob(`${step}\n`)} 0\tother-${step}`]);
    if (random(2) === 0) {
      await publisher.close();
      let death: Promise<void> = Promise.resolve();
      const crashing = open((store) => {
        const one = dying(store, 1 + random(5), random(2) === 0 ? 'before' : 'after');
        ({ death } = one);
        return one.store;
      });
      await Promise.race([death, settle(crashing, wanted.keys())]);
      publisher = open();
      await settle(publisher, wanted.keys());
    } else await settle(publisher, new Set(names));
    expect(found()).toEqual(expected(wanted));
  }
  await publisher.close();
  expect([...wanted.keys()].some((name) => isDeletion(request(name)))).toBe(true);
  expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  const trees = remote.git('log', '--format=%T', 'main').trim().split('\n');
  expect(trees.filter((tree, index) => tree === trees[index + 1])).toEqual([]);
}, 180_000);
