import type { LiveInstance } from '../../../controller/objects/objects';
import { GitError } from '../../../gitops/git/errors';
import { type Modifier, withSpec } from '../../builders';
import { settle } from '../api/fake-clock';
import { anObserved, cluster } from '../observed';
import { stopAll } from '../world';
import { COMMITTED, Delivering, PLACE, PLACEMENT, failed, published, wanted } from './delivering';

let subject: Delivering;

beforeEach(async () => {
  subject = await Delivering.begin();
});
afterEach(async () => {
  await subject.delivery.stop();
  await stopAll();
});

describe('publish', () => {
  it('hands the release over once, and says where it will be', async () => {
    const first = await subject.publish();
    expect(first).toEqual({ ...PLACE, state: 'pending', digest: expect.stringMatching(/^sha256/) as string });
    expect(await subject.publish()).toEqual(first);
    expect(subject.scripted.asked).toEqual(['publish team-a/alice']);
    expect(subject.scripted.requests[0]).toMatchObject({
      placement: PLACEMENT,
      owner: 'uid-of-kube-system',
      generation: 1,
      reason: 'spec-change',
      gate: { taints: expect.anything() as unknown, exemptions: [] },
    });
  });

  it('C10 hands over the manifests as they are, without owner and without the hash of Secrets', async () => {
    const { plan, instance } = wanted();
    await subject.publish({ plan, instance });
    const files = subject.scripted.requests[0]?.layout?.files ?? [];
    const sources = files.map(({ source }) => source);
    for (const manifest of plan.manifests) expect(sources).toContain(manifest);
    const text = JSON.stringify(files.filter(({ path }) => !path.endsWith('kustomization.yaml')));
    const hashes = [...plan.additions.values()].flatMap(({ podAnnotations }) => Object.values(podAnnotations ?? {}));
    expect(hashes).toHaveLength(1);
    expect([text.includes('ownerReferences'), text.includes(hashes[0] ?? 'none')]).toEqual([false, false]);
    expect(files.find(({ path }) => path.endsWith('kustomization.yaml'))?.text).toContain(hashes[0]);
  });

  it('wakes the instance when it has landed, and then tells tree and commit', async () => {
    const { digest } = await subject.publish();
    await subject.scripted.answer(COMMITTED);
    expect(subject.woken).toEqual(['team-a/alice']);
    const { engine: _engine, ...told } = await subject.publish();
    expect(told).toEqual({ ...PLACE, state: 'committed', tree: 't1', commit: 'c1', digest });
    expect(subject.scripted.requests).toHaveLength(1);
  });

  it('hands over a changed release, and a changed hash of Secrets, even while the one before is under way', async () => {
    await subject.publish();
    await subject.publish(wanted({ modifiers: [withSpec({ image: { tag: '2026.9.7' } })] }));
    await subject.publish(wanted({ secrets: new Map([['alice-gateway-token', { uid: 'u', keys: ['token'], hash: 'new' }]]) }));
    expect(subject.scripted.requests).toHaveLength(3);
    expect(new Set(subject.scripted.requests.map(({ layout }) => layout?.digest)).size).toBe(3);
  });

  it('names what was committed before, so that the commit can be named again', async () => {
    const { plan } = wanted();
    await subject.publish({ plan, instance: published });
    expect(subject.scripted.requests[0]?.known).toEqual({ tree: 't0', commit: 'c0' });
  });

  it('tells what was replaced, and asks again at once when somebody lets a commit be written over', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('HELD-REVERT'));
    const annotations = { 'openclaw.rocks/write-over-commit': '6b1f0c2e9d' };
    await subject.publish(wanted({ metadata: { annotations } }));
    expect(subject.scripted.requests.map(({ over }) => over)).toEqual([undefined, '6b1f0c2e9d']);
    const replaced = { commit: '6b1f0c2e9d', author: 'Jane', isRevert: true };
    await subject.scripted.answer({ ...COMMITTED, replaced });
    expect((await subject.publish(wanted({ metadata: { annotations } }))).replaced).toEqual(replaced);
  });

  it.each([
    ['under way', { pendingVersion: '2026.9.7', updatePhase: 'HealthCheck' }, undefined],
    ['that is begun after one failed', { pendingVersion: '2026.9.8', failedVersion: '2026.9.7', updatePhase: 'ApplyingUpdate' }, undefined],
    ['that is taken back', { pendingVersion: '2026.9.7', updatePhase: 'RollingBack' }, '2026.9.7'],
    ['that was taken back', { failedVersion: '2026.9.7' }, '2026.9.7'],
  ] as const)('says of an update %s whether it goes back', async (_what, autoUpdate, from) => {
    const { plan, instance } = wanted({ modifiers: [withSpec({ image: { tag: '2026.9.6' } })] });
    await subject.publish({ plan, instance: { ...instance, status: { ...published.status, autoUpdate } } });
    expect(subject.scripted.requests[0]?.rollbackFrom).toBe(from);
  });

  it.each(['2026.9.7', '2026.9.8', 'latest', 'nightly', '0.5.0'])('takes no update back to %s, whatever the status says', async (tag) => {
    const overrides = [{ field: 'spec.image.tag', value: tag, reason: 'update' }];
    const status = { ...published.status, overrides, autoUpdate: { failedVersion: '2026.9.7' } };
    const { plan, instance } = wanted({ modifiers: [withSpec({ image: { tag: '2026.9.6' } })], status });
    expect(plan.overrides).toEqual(overrides);
    await subject.publish({ plan, instance });
    expect(subject.scripted.requests[0]).toMatchObject({ rollbackFrom: undefined });
  });

  it("lays the same release out with other overrides, and today's ConfigMap of a person", async () => {
    const update = { field: 'spec.image.tag', value: '2026.9.7', reason: 'update', over: '2026.9.6' };
    const modifiers = [withSpec({ image: { tag: '2026.9.6' }, config: { configMapRef: { name: 'mine' } } })];
    const facts = { configMaps: new Map([['mine', { data: { 'openclaw.json': '{"note": 1}' } }]]) };
    await subject.publish(wanted({ modifiers, facts }));
    await subject.publish(wanted({ modifiers, facts, status: { ...published.status, overrides: [update] } }));
    const [before, after] = subject.scripted.requests;
    expect(JSON.stringify(after?.layout?.files)).toContain('\\"note\\": 1');
    expect(after?.laidUnder?.([])).toEqual(before?.layout);
    expect(before?.laidUnder?.([update])).toEqual(after?.layout);
    // What somebody wrote into the file of overrides.
    expect(before?.laidUnder?.([{ field: 'spec.image.tag', value: 7, reason: '' }])).toBeUndefined();
  });

  it('keeps instances apart', async () => {
    const { plan, instance } = wanted();
    const bob: LiveInstance = { ...instance, metadata: { ...instance.metadata, name: 'bob' } };
    await subject.publish();
    await subject.publish({ plan, instance: bob });
    await subject.scripted.answer(failed('GIT-REJECTED'));
    expect(subject.scripted.asked).toEqual(['publish team-a/alice', 'publish team-a/bob']);
    expect(subject.woken).toEqual(['team-a/alice', 'team-a/bob']);
  });

  it('forgets an instance that is gone: one of its name is published anew', async () => {
    await subject.publish();
    await subject.scripted.answer(COMMITTED);
    subject.delivery.forget('team-a/alice');
    expect((await subject.publish()).state).toBe('pending');
    expect(subject.scripted.requests).toHaveLength(2);
  });
});

describe('a publish that fails', () => {
  it('is told with code, words and remedy, and wakes the instance', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('GIT-AUTH', subject.inOneMinute));
    expect(subject.woken).toEqual(['team-a/alice']);
    expect(await subject.publish()).toMatchObject({
      state: 'pending',
      failure: {
        code: 'GIT-AUTH',
        message: 'what the server said',
        remedy: 'give the writer a valid credential that may push to this repository',
        stalled: true,
      },
    });
  });

  it('is not asked for again before its time, then wakes the instance and is', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    subject.woken.length = 0;
    await subject.clock.advance(59_000);
    await subject.publish();
    expect([subject.scripted.requests.length, subject.woken]).toEqual([1, []]);
    await subject.clock.advance(1000);
    expect(subject.woken).toEqual(['team-a/alice']);
    await subject.publish();
    expect(subject.scripted.requests).toHaveLength(2);
  });

  it('is told while it is tried again: status does not flicker', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    await subject.clock.advance(60_000);
    expect((await subject.publish()).failure?.code).toBe('GIT-UNREACHABLE');
    await subject.scripted.answer(COMMITTED);
    const { state, failure } = await subject.publish();
    expect([state, failure]).toEqual(['committed', undefined]);
  });

  it('of another release is not told of this one', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('SECRET-FOUND'));
    const outcome = await subject.publish(wanted({ modifiers: [withSpec({ image: { tag: '2026.9.7' } })] }));
    expect(outcome.failure).toBeUndefined();
  });

  it('through something of this instance alone is tried again now and then: it may be mended in the repository', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('PATH-SYMLINK'));
    for (let pass = 0; pass < 10; pass += 1) await subject.publish();
    expect(subject.scripted.requests).toHaveLength(1);
    await subject.clock.advance(30_000);
    expect((await subject.publish()).failure?.code).toBe('PATH-SYMLINK');
    expect(subject.scripted.requests).toHaveLength(2);
  });

  it('is tried at once when the instance says something else: an exemption is an annotation', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('SECRET-FOUND'));
    const annotations = { 'openclaw.rocks/secret-exemptions': JSON.stringify([{ file: 'a', pointer: 'b', sha256: 'c' }]) };
    await subject.publish(wanted({ metadata: { annotations } }));
    expect(subject.scripted.requests.at(-1)?.gate?.exemptions).toEqual([{ file: 'a', pointer: 'b', sha256: 'c' }]);
    expect(subject.scripted.requests).toHaveLength(2);
  });

  it('is tried at once with another release, whatever its time', async () => {
    await subject.publish();
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    await subject.publish(wanted({ modifiers: [withSpec({ image: { tag: '2026.9.7' } })] }));
    expect(subject.scripted.requests).toHaveLength(2);
  });

  it('because it must not be in Git never reaches the publisher, and is looked at in every pass', async () => {
    subject.api.seed({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'alice', namespace: 'team-a' } });
    for (let pass = 0; pass < 2; pass += 1) {
      expect(await subject.publish()).toMatchObject({
        state: 'pending',
        failure: { code: 'NOT-FOR-GIT', message: expect.stringContaining('Service alice') as string },
      });
    }
    expect(subject.scripted.requests).toEqual([]);
    await subject.api.remove('Service', 'alice');
    await subject.publish();
    expect(subject.scripted.requests).toHaveLength(1);
  });

  it('that is a mistake of ours is thrown', async () => {
    subject.api.fail(new TypeError('ours'));
    await expect(subject.publish()).rejects.toThrow('ours');
  });
});

describe('commits of others', () => {
  it('wake the instances in whose directories they are, and these are published again', async () => {
    await subject.delivery.start();
    await subject.publish();
    await subject.scripted.answer(COMMITTED);
    subject.woken.length = 0;
    subject.scripted.moves = [PLACEMENT];
    await subject.clock.advance(75_000);
    expect(subject.woken).toEqual(['team-a/alice']);
    expect(subject.lines).toMatchObject([
      { level: 'info', message: 'what the repository has of it was changed by someone else', instance: 'team-a/alice' },
    ]);
    await subject.publish();
    expect(subject.scripted.requests).toHaveLength(2);
  });

  it('are seen at once where somebody says that there are some; any number of words are one look', async () => {
    await subject.delivery.start();
    await subject.publish();
    await subject.scripted.answer(COMMITTED);
    subject.woken.length = 0;
    subject.scripted.moves = [PLACEMENT];
    for (let times = 0; times < 10; times += 1) subject.delivery.hurry();
    await subject.clock.advance(0);
    expect(subject.woken).toEqual(['team-a/alice']);
    // The next one is not before two seconds have passed, and none comes by itself for a while.
    subject.scripted.moves = [PLACEMENT];
    for (let times = 0; times < 10; times += 1) subject.delivery.hurry();
    await subject.clock.advance(1000);
    expect(subject.woken).toHaveLength(1);
    await subject.clock.advance(1000);
    expect(subject.woken).toHaveLength(2);
    subject.scripted.moves = [PLACEMENT];
    await subject.clock.advance(40_000);
    expect(subject.woken).toHaveLength(2);
  });

  it('wake nobody else, and a branch that cannot be looked at is looked at again', async () => {
    await subject.delivery.start();
    subject.scripted.moves = new GitError('GIT-UNREACHABLE', 'no route');
    await subject.clock.advance(75_000);
    expect(subject.lines).toMatchObject([{ level: 'error', message: 'the repository could not be looked at' }]);
    subject.scripted.moves = [PLACEMENT];
    await subject.clock.advance(75_000);
    expect(subject.woken).toEqual(['team-a/alice']);
  });
});

describe('the end', () => {
  it('idle publishes what waits, and says whether there was anything', async () => {
    expect(await subject.delivery.idle()).toBe(false);
    await subject.publish();
    expect(await subject.delivery.idle()).toBe(true);
    expect([subject.scripted.flushes, await subject.delivery.idle()]).toEqual([1, false]);
  });

  it('stop ends the looks, the waits and the publisher', async () => {
    await subject.delivery.start();
    await subject.publish();
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    await subject.delivery.stop();
    subject.woken.length = 0;
    subject.scripted.moves = [PLACEMENT];
    await subject.clock.advance(600_000);
    await settle();
    expect([subject.scripted.closed, subject.woken]).toEqual([true, []]);
  });
});

it('every object of the release is one that the instance has', async () => {
  const modifiers: Modifier[] = [withSpec({ chromium: { enabled: true } })];
  const { plan } = wanted({ modifiers });
  expect(plan.manifests.map(({ kind }) => kind)).toEqual(cluster(anObserved({ modifiers }).instance).map(({ kind }) => kind));
});
