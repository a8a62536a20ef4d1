import { join } from 'node:path';
import { GitError } from '../../../gitops/git/errors';
import { createGit } from '../../../gitops/git/git';
import { Repository } from '../../../gitops/publish/repository';
import { patient } from '../../patience/patience.cjs';
import { type Override, render, resolve } from '../../../constructs';
import type { KnownTree, PublishRequest, PublishResult } from '../../../gitops/publish/publish';
import type { Publisher } from '../../../gitops/publish/publisher';
import { tombstone } from '../../../gitops/layout/layout';
import { folderWith, instanceYaml, removeFolders, run } from '../../app/program';
import { type Modifier, anInstance, withConfig, withEnv, withSpec } from '../../builders';
import { OPTIONS, OWNER, aLayout, aSet, withHash } from '../layouts';
import { aRequest, told } from './publishing';
import { type PublisherOptions, publishingBed } from './publishing-bed';

const DIRECTORY = 'clusters/prod-eu/instances/team-a/alice';

const bed = publishingBed();
afterAll(removeFolders);

const open = (settings: PublisherOptions = { approval: 'all' }): Publisher => bed.open(settings);

/** The hash for which a change waits. */
function hashOf(result: PublishResult): string {
  expect(told(result)).toBe('AWAITING-APPROVAL');
  return result.plan?.hash ?? 'none';
}

/** Asks, and approves what it is asked for. */
async function approved(publisher: Publisher, request: PublishRequest): Promise<PublishResult> {
  return publisher.publish({ ...request, approved: hashOf(await publisher.publish(request)) });
}

function knownOf(result: PublishResult, generation: number): KnownTree {
  if (!result.ok) throw result.error;
  return { tree: result.tree ?? '', commit: result.commit ?? '', generation };
}

/** An instance with something in place of its spec. */
function laidOver(overrides: readonly Override[], ...modifiers: readonly Modifier[]): PublishRequest {
  const resolution = resolve(anInstance('alice', ...modifiers), {}, { overrides });
  if (!resolution.ok) throw new Error('it is refused');
  const layout = aLayout({ name: 'alice', namespace: 'team-a', manifests: render(resolution.instance) }, { overrides });
  return { placement: layout.placement, layout, owner: OWNER };
}

/** What laying out does that cannot be done. */
function unbearable(error: Error): () => never {
  return () => {
    throw error;
  };
}

function at(tag: string, overrides: readonly Override[], ...more: readonly Modifier[]): PublishRequest {
  const laid = (held: readonly Override[]): PublishRequest => laidOver(held, withSpec({ image: { tag: '2026.9.6' } }), ...more);
  const request = { ...laid(overrides), laidUnder: (held: readonly Override[]) => laid(held).layout, generation: 1 };
  expect(JSON.stringify(request.layout?.files)).toContain(tag);
  return request;
}

const env = (value: string): PublishRequest => aRequest('alice', withEnv({ name: 'A', value }));

it('a change waits until its own hash is approved, the first one too; it says which and how', async () => {
  const publisher = open();
  const waiting = await publisher.publish(env('1'));
  const hash = hashOf(waiting);
  expect(waiting).toMatchObject({
    ok: false,
    error: {
      stalled: true,
      message: expect.stringMatching(
        `^AWAITING-APPROVAL: ${hash} waits for an approval; risks: exposure, RBAC, .*ServiceAccount/alice created`,
      ) as string,
      remedy: `look at the plan, then approve it: kubectl -n team-a annotate openclawinstance alice --overwrite openclaw.rocks/approve-plan=${hash}`,
    },
  });
  expect(bed.remote.git('for-each-ref')).toBe('');
  for (const other of ['true', '', hash.slice(0, 20), `sha256:${'0'.repeat(64)}`]) {
    expect(told(await publisher.publish({ ...env('1'), approved: other }))).toBe('AWAITING-APPROVAL');
  }
  expect(await publisher.publish({ ...env('1'), approved: hash })).toMatchObject({ ok: true, noop: false, plan: { hash } });
  // What is there waits for nobody, whatever is approved.
  expect(told(await publisher.publish(env('1')))).toBe('noop');
  // An old approval does nothing for another change.
  expect(told(await publisher.publish({ ...env('2'), approved: hash }))).toBe('AWAITING-APPROVAL');
  expect(bed.remote.commits()).toBe(1);
});

it('nothing is committed by an approval of before the branch moved: the plan is another one', async () => {
  const publisher = open();
  await approved(publisher, env('1'));
  const hash = hashOf(await publisher.publish(env('3')));
  // Another writer, such as a laptop, is faster.
  await open({ approval: 'none' }).publish(env('2'));
  const late = await publisher.publish({ ...env('3'), approved: hash });
  expect(hashOf(late)).not.toBe(hash);
  expect(bed.remote.show(`${DIRECTORY}/statefulset.apps.alice.yaml`)).toContain('value: "2"');
  // A commit elsewhere in the repository is no other plan.
  const again = hashOf(late);
  await open({ approval: 'none' }).publish(aRequest('bob'));
  expect(told(await publisher.publish({ ...env('3'), approved: again }))).toBe('committed');
});

it('one that waits holds up no other: those that are approved are one commit', async () => {
  const publisher = open();
  const requests = ['alice', 'bob', 'carol'].map((name) => aRequest(name));
  const waiting = await Promise.all(requests.map((request) => publisher.publish(request)));
  const [, ...hashes] = waiting.map(hashOf);
  const answers = await Promise.all([
    publisher.publish(requests[0]!),
    ...requests.slice(1).map((request, index) => publisher.publish({ ...request, approved: hashes[index] })),
  ]);
  expect(answers.map(told)).toEqual(['AWAITING-APPROVAL', 'committed', 'committed']);
  expect(bed.remote.commits()).toBe(1);
  expect(bed.remote.git('show', '--no-patch', '--format=%B', 'main')).not.toContain('alice');
});

it('with "risks" a change without any goes its way', async () => {
  const publisher = open({ approval: 'risks' });
  await approved(publisher, aRequest());
  const safe = aRequest('alice', withSpec({ availability: { podDisruptionBudget: { enabled: false } } }));
  expect(told(await publisher.publish(safe))).toBe('committed');
  expect(told(await publisher.publish(env('1')))).toBe('AWAITING-APPROVAL');
});

it('a rotated Secret, a deletion and a removal wait for nobody', async () => {
  const publisher = open();
  await approved(publisher, aRequest());
  const set = aSet();
  const rotated = aLayout(set, withHash(set, 'h2'));
  const { placement } = rotated;
  expect(told(await publisher.publish({ placement, layout: rotated, owner: OWNER }))).toBe('committed');
  expect(told(await publisher.publish({ placement, layout: tombstone(placement, OPTIONS), owner: OWNER }))).toBe('committed');
  expect(told(await publisher.publish({ placement, owner: OWNER }))).toBe('committed');
  // Whoever makes it again is asked again.
  expect(told(await publisher.publish(aRequest()))).toBe('AWAITING-APPROVAL');
});

it('an approval does not lift a revert that is held, and what lifts it is not approved by that', async () => {
  const publisher = open();
  const first = hashOf(await publisher.publish({ ...env('1'), generation: 1 }));
  await publisher.publish({ ...env('1'), generation: 1, approved: first });
  const second = hashOf(await publisher.publish({ ...env('2'), generation: 2 }));
  const known = knownOf(await publisher.publish({ ...env('2'), generation: 2, approved: second }), 2);
  const revert = bed.remote.git('rev-parse', 'main~1^{tree}').trim();
  const commit = bed.remote
    .git('-c', 'user.name=Jane', '-c', 'user.email=j@x', 'commit-tree', '-p', 'main', '-m', 'Revert it', revert)
    .trim();
  bed.remote.git('update-ref', 'refs/heads/main', commit);
  const wish = { ...env('2'), generation: 2, known };
  expect(told(await publisher.publish({ ...wish, approved: second }))).toBe('HELD-REVERT');
  expect(told(await publisher.publish({ ...wish, over: commit }))).toBe('AWAITING-APPROVAL');
  expect(told(await publisher.publish({ ...wish, over: commit, approved: second }))).toBe('committed');
});

describe('E40 what holds in place of the spec for a time', () => {
  const update = { field: 'spec.image.tag', value: '2026.9.7', reason: 'update to 2026.9.7', over: '2026.9.6' };
  const stop = { field: 'replicas', value: 0, reason: 'the data of before the update is restored' };

  it('an update waits; that it is taken back, and that pods stop and come back, does not', async () => {
    const publisher = open();
    let known = knownOf(await approved(publisher, at('2026.9.6', [])), 1);
    const step = async (request: PublishRequest): Promise<string> => {
      const result = await publisher.publish({ ...request, known });
      if (result.ok) known = knownOf(result, 1);
      return told(result);
    };
    expect(await step(at('2026.9.6', [stop]))).toBe('committed');
    expect(await step(at('2026.9.6', []))).toBe('committed');
    expect(await step(at('2026.9.7', [update]))).toBe('AWAITING-APPROVAL');
    known = knownOf(await approved(publisher, { ...at('2026.9.7', [update]), known }), 1);
    expect(await step({ ...at('2026.9.6', [stop]), rollbackFrom: '2026.9.7' })).toBe('committed');
    expect(await step({ ...at('2026.9.6', []), rollbackFrom: '2026.9.7' })).toBe('committed');
    // It was taken back: a change that comes later with stopped pods is none of that.
    expect(await step({ ...at('2026.9.6', [stop], withConfig({ note: 1 })), rollbackFrom: '2026.9.7' })).toBe('AWAITING-APPROVAL');
  });

  it('what changed meanwhile does not ride on the way back, and holds it up until that is approved or undone', async () => {
    const publisher = open();
    const first = knownOf(await approved(publisher, at('2026.9.6', [])), 1);
    const known = knownOf(await approved(publisher, { ...at('2026.9.7', [update]), known: first }), 1);
    // As when a ConfigMap that the spec names says something else: the generation stays.
    const riding = { ...at('2026.9.6', [], withConfig({ note: 1 })), rollbackFrom: '2026.9.7', known };
    const waiting = await publisher.publish(riding);
    hashOf(waiting);
    expect(waiting).toMatchObject({
      error: { message: expect.stringMatching(/the way back would be free without ConfigMap\/alice-config 1 key added;/) as string },
    });
    expect(bed.remote.show(`${DIRECTORY}/statefulset.apps.alice.yaml`)).toContain(':2026.9.7');
    // The branch says what held: where that cannot be read, or nobody can render it again, a person has to look.
    expect(told(await publisher.publish({ ...at('2026.9.6', []), rollbackFrom: '2026.9.7', known, laidUnder: undefined }))).toBe(
      'AWAITING-APPROVAL',
    );
    expect(told(await publisher.publish({ ...at('2026.9.6', []), rollbackFrom: '2026.9.7', known }))).toBe('committed');
    expect(bed.remote.show(`${DIRECTORY}/configmap.alice-config.yaml`)).not.toContain('note');
  });

  const AGENTS = { field: 'spec.env', value: [{ name: 'A', value: 'b' }], reason: 'asked for by the agent' };
  const RIGHT = {
    field: 'spec.security.rbac.additionalRules',
    value: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
    reason: '',
  };
  const WAY_OUT = { field: 'spec.security.networkPolicy.allowedEgressCIDRs', value: ['10.0.0.0/8'], reason: '' };
  const WHOLE_IMAGE = { field: 'spec.image', value: { repository: 'evil.example.com/x', tag: '2026.9.6' }, reason: '' };

  it('no other override rides on the way back, whoever wrote it; one that the branch has stays', async () => {
    const publisher = open();
    const first = knownOf(await approved(publisher, at('2026.9.6', [AGENTS])), 1);
    const known = knownOf(await approved(publisher, { ...at('2026.9.7', [AGENTS, update]), known: first }), 1);
    const back = async (...overrides: readonly Override[]): Promise<string> =>
      told(await publisher.publish({ ...at('2026.9.6', overrides), rollbackFrom: '2026.9.7', known }));
    const asksMore = { ...AGENTS, value: [{ name: 'A', value: 'c' }] };
    for (const overrides of [[], [asksMore], [AGENTS, RIGHT], [WAY_OUT, AGENTS], [stop, AGENTS, WHOLE_IMAGE]]) {
      expect([overrides, await back(...overrides)]).toEqual([overrides, 'AWAITING-APPROVAL']);
    }
    expect(await back(stop, AGENTS)).toBe('committed');
    expect(bed.remote.show(`${DIRECTORY}/statefulset.apps.alice.yaml`)).toMatch(/replicas: 0/);
  });

  it('a way back of which nobody can tell what goes along waits, and holds up no other', async () => {
    const publisher = open();
    const first = knownOf(await approved(publisher, at('2026.9.6', [])), 1);
    const known = knownOf(await approved(publisher, { ...at('2026.9.7', [update]), known: first }), 1);
    for (const [value, error] of [new RangeError('Maximum call stack size exceeded'), new GitError('FILE-NAME', 'too long')].entries()) {
      const request = { ...at('2026.9.6', []), rollbackFrom: '2026.9.7', known, laidUnder: unbearable(error) };
      const bob = aRequest('bob', withEnv({ name: 'A', value: `${value}` }));
      const approvedBob = hashOf(await publisher.publish(bob));
      const answers = await Promise.all([publisher.publish(request), publisher.publish({ ...bob, approved: approvedBob })]);
      expect(answers.map(told)).toEqual(['AWAITING-APPROVAL', 'committed']);
    }
  });

  it('nothing rides on it: neither another spec nor another object', async () => {
    const publisher = open();
    const known = knownOf(await approved(publisher, at('2026.9.6', [])), 1);
    const riding = { ...at('2026.9.6', [stop], withConfig({ note: 1 })), known };
    expect(told(await publisher.publish(riding))).toBe('AWAITING-APPROVAL');
    for (const generation of [2, undefined]) {
      expect(told(await publisher.publish({ ...at('2026.9.6', [stop]), known, generation }))).toBe('AWAITING-APPROVAL');
    }
    // Overrides that stay the same excuse nothing.
    expect(told(await publisher.publish({ ...env('1'), generation: 1, known, rollbackFrom: '2026.9.6' }))).toBe('AWAITING-APPROVAL');
  });
});

it('what waits is read once: until something moves it costs one look at the branch', async () => {
  const git = createGit({ url: bed.remote.path, branch: 'main', allow: ['file'] }, { silence: patient(20_000) });
  const ran = jest.spyOn(git, 'run');
  const publisher = open({ approval: 'all', repository: new Repository(git, { createBranch: true }) });
  const commandsOf = async (work: () => Promise<unknown>): Promise<string[]> => {
    ran.mockClear();
    await work();
    return ran.mock.calls.map(([args]) => args.find((word) => !word.startsWith('-') && !word.includes('=')) ?? '');
  };
  await approved(publisher, env('1'));
  let waiting: PublishResult | undefined;
  const wish = async (value = '2'): Promise<unknown> => (waiting = await publisher.publish(env(value)));
  expect(await commandsOf(wish)).toEqual(['ls-remote', 'fetch', 'cat-file']);
  const said = waiting;
  expect(await commandsOf(wish)).toEqual(['ls-remote']);
  expect(waiting).toEqual(said);
  // Another instance moves the branch: its folders are read, and none of the files of this one.
  await open({ approval: 'none' }).publish(aRequest('bob'));
  const ofBob = await commandsOf(wish);
  expect(ofBob.filter((command) => command !== 'cat-file')).toEqual(['ls-remote', 'fetch']);
  expect(waiting).toEqual(said);
  expect(await commandsOf(wish)).toEqual(['ls-remote']);
  // Somebody changes this one, it wants something else, or a person approves: it is another change.
  await open({ approval: 'none' }).publish(env('3'));
  await wish();
  expect(hashOf(waiting!)).not.toBe(hashOf(said!));
  await wish('4');
  expect(told(await publisher.publish({ ...env('4'), approved: hashOf(waiting!) }))).toBe('committed');
});

it('plan prints the hash that the controller waits for, and how to approve it', async () => {
  const publisher = open();
  const overrides = [{ field: 'replicas', value: 0, reason: 'backup' }];
  await approved(publisher, laidOver(overrides));
  await approved(publisher, aRequest('bob'));
  const spec = '{image: {tag: "2026.9.6"}, env: [{name: A, value: b}]}';
  const folder = folderWith({ 'alice.yaml': instanceYaml('alice', { spec }), 'bob.yaml': instanceYaml('bob', { spec }) });
  const git = ['--base', 'git', '--git-url', bed.remote.path, '--git-allow-file', '--cluster-name', 'prod-eu'];
  const waiting = [
    hashOf(await publisher.publish(laidOver(overrides, withEnv({ name: 'A', value: 'b' })))),
    hashOf(await publisher.publish(aRequest('bob', withEnv({ name: 'A', value: 'b' })))),
  ];
  const planned = await run('plan', folder, ...git);
  for (const [index, name] of ['alice', 'bob'].entries()) {
    expect(planned.stderr).toContain(
      `\n  kubectl -n team-a annotate openclawinstance ${name} --overwrite openclaw.rocks/approve-plan=${waiting[index]}\n`,
    );
  }
  const json = await run('plan', join(folder, 'alice.yaml'), ...git, '-o', 'json');
  expect(JSON.parse(json.stdout)).toMatchObject({ hash: waiting[0], instances: [{ hash: waiting[0] }] });
});
