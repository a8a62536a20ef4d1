import type { LiveInstance } from '../../../controller/objects/objects';
import type { GitOutcome } from '../../../controller/decide/outcome';
import { GitError } from '../../../gitops/git/errors';
import { stopAll } from '../world';
import { COMMITTED, Delivering, REMOVED, failed, fresh, published } from './delivering';

let subject: Delivering;

beforeEach(async () => {
  subject = await Delivering.begin();
});
afterEach(async () => {
  await subject.delivery.stop();
  await stopAll();
});

async function end(isGone = false, instance = published): Promise<GitOutcome> {
  return subject.delivery.unpublish(instance, isGone);
}

describe('unpublish', () => {
  it('is nothing where nothing was ever committed', async () => {
    expect((await end(false, fresh)).state).toBe('committed');
    expect([subject.scripted.requests, subject.scripted.looks]).toEqual([[], 0]);
  });

  it('of a commit that no status tells of yet is a tombstone: the process was killed behind the push', async () => {
    const killed: LiveInstance = { ...fresh, status: { delivery: 'git' } };
    subject.scripted.published = ['team-a/alice'];
    expect((await end(false, killed)).state).toBe('pending');
    expect(subject.scripted.asked).toEqual(['bury team-a/alice']);
  });

  it('of an instance whose first commit never left is nothing, after a look', async () => {
    expect((await end(false, { ...fresh, status: { delivery: 'git' } })).state).toBe('committed');
    expect([subject.scripted.requests, subject.scripted.looks]).toEqual([[], 1]);
  });

  it('is one of too many where nobody confirmed it, and is tried at once when somebody does', async () => {
    subject.scripted.published = ['team-a/alice'];
    await end();
    await subject.scripted.answer(failed('MASS-DELETE'));
    expect(await end()).toMatchObject({ failure: { code: 'MASS-DELETE' } });
    const annotations = { 'openclaw.rocks/confirm-deletion': 'true' };
    await end(false, { ...published, metadata: { ...published.metadata, annotations } });
    expect(subject.scripted.requests.map(({ isGuarded }) => isGuarded)).toEqual([true, false]);
  });

  it('C14 is a tombstone first; when the objects are gone, the directory goes; then it is done', async () => {
    await subject.publish();
    await subject.scripted.answer(COMMITTED);
    expect((await end()).state).toBe('pending');
    // The engine may be so fast that the tombstone is not answered yet.
    expect((await end(true)).state).toBe('pending');
    await subject.scripted.answer(COMMITTED);
    expect((await end()).state).toBe('pending');
    expect(subject.scripted.asked.slice(1)).toEqual(['bury team-a/alice']);
    expect((await end(true)).state).toBe('pending');
    expect((await end(true)).state).toBe('pending');
    expect(subject.scripted.asked.slice(1)).toEqual(['bury team-a/alice', 'remove team-a/alice']);
    await subject.scripted.answer(REMOVED);
    expect((await end(true)).state).toBe('committed');
    expect(subject.scripted.requests).toHaveLength(3);
  });

  it('does not wait for the publish that is under way', async () => {
    await subject.publish();
    expect((await end()).state).toBe('pending');
    expect(subject.scripted.asked).toEqual(['publish team-a/alice', 'bury team-a/alice']);
  });

  it('after a restart before the tombstone begins with it', async () => {
    subject.scripted.published = ['team-a/alice'];
    expect((await end(true)).state).toBe('pending');
    expect(subject.scripted.asked).toEqual(['bury team-a/alice']);
  });

  it('after a restart between tombstone and removal goes through both', async () => {
    subject.scripted.published = ['team-a/alice'];
    await end();
    await subject.scripted.answer(COMMITTED);
    await subject.restart();
    expect((await end(true)).state).toBe('pending');
    await subject.scripted.answer({ ...COMMITTED, noop: true });
    await end(true);
    expect(subject.scripted.asked).toEqual(['bury team-a/alice', 'bury team-a/alice', 'remove team-a/alice']);
  });

  it('after a restart behind the removal is done, and digs no new grave', async () => {
    subject.scripted.published = [];
    expect((await end(true)).state).toBe('committed');
    expect([subject.scripted.requests, subject.scripted.looks]).toEqual([[], 1]);
  });

  it('while the branch cannot be looked at is told, and waits', async () => {
    subject.scripted.published = new GitError('GIT-UNREACHABLE', 'no route');
    expect(await end()).toMatchObject({ state: 'pending', failure: { code: 'GIT-UNREACHABLE', message: 'no route' } });
    subject.scripted.published = new TypeError('ours');
    await expect(end()).rejects.toThrow('ours');
  });

  it.each(['tombstone', 'removal'])('whose %s fails is told and tried again at its time', async (phase) => {
    subject.scripted.published = ['team-a/alice'];
    await end();
    if (phase === 'removal') {
      await subject.scripted.answer(COMMITTED);
      await end(true);
    }
    const before = subject.scripted.requests.length;
    await subject.scripted.answer(failed('GIT-PROTECTED', subject.inOneMinute));
    expect(await end(true)).toMatchObject({ state: 'pending', failure: { code: 'GIT-PROTECTED' } });
    expect(subject.scripted.requests).toHaveLength(before);
    await subject.clock.advance(60_000);
    await end(true);
    expect(subject.scripted.requests).toHaveLength(before + 1);
    expect(subject.scripted.asked.at(-1)).toBe(phase === 'removal' ? 'remove team-a/alice' : 'bury team-a/alice');
  });
});

describe('abandon', () => {
  it('T61 notes the removal down, asks for it, and waits for nothing', async () => {
    expect((await subject.delivery.abandon(published)).state).toBe('committed');
    expect(subject.owed).toEqual(['team-a.alice']);
    expect(subject.scripted.asked).toEqual(['remove team-a/alice']);
    await subject.scripted.answer(REMOVED);
    expect(subject.owed).toEqual([]);
  });

  it('owes nothing where nothing was ever committed', async () => {
    await subject.delivery.abandon(fresh);
    expect([subject.owed, subject.scripted.requests]).toEqual([[], []]);
  });

  it('owes what a publish under way may still commit', async () => {
    await subject.publish();
    await subject.delivery.abandon(fresh);
    expect([subject.owed, subject.scripted.asked.at(-1)]).toEqual([['team-a.alice'], 'remove team-a/alice']);
  });

  it('owes what may have been committed before this process began', async () => {
    await subject.delivery.abandon({ ...fresh, status: { delivery: 'git' } });
    expect(subject.owed).toEqual(['team-a.alice']);
  });

  it('owes several, each for itself', async () => {
    const bob: LiveInstance = { ...published, metadata: { ...published.metadata, name: 'bob', namespace: 'team-b' } };
    await subject.delivery.abandon(published);
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    await subject.delivery.abandon(bob);
    expect(subject.owed.toSorted()).toEqual(['team-a.alice', 'team-b.bob']);
    await subject.scripted.answer(REMOVED);
    expect(subject.owed).toEqual(['team-a.alice']);
  });

  it('keeps at it, though the instance is forgotten: nobody else asks again', async () => {
    await subject.delivery.abandon(published);
    subject.delivery.forget('team-a/alice');
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    subject.delivery.forget('team-a/alice');
    await subject.clock.advance(60_000);
    expect(subject.scripted.asked).toEqual(['remove team-a/alice', 'remove team-a/alice']);
    await subject.scripted.answer(failed('PATH-SYMLINK'));
    await subject.clock.advance(60_000);
    await subject.scripted.answer(REMOVED);
    expect([subject.owed, subject.scripted.requests.length]).toEqual([[], 3]);
    await subject.clock.advance(600_000);
    expect(subject.scripted.requests).toHaveLength(3);
  });

  it('leaves the directory to an instance of the name that has come since', async () => {
    await subject.delivery.abandon(published);
    await subject.scripted.answer(failed('GIT-UNREACHABLE', subject.inOneMinute));
    await subject.publish();
    await subject.clock.advance(120_000);
    expect(subject.scripted.asked).toEqual(['remove team-a/alice', 'publish team-a/alice']);
  });

  it('is taken up at the next start', async () => {
    await subject.delivery.abandon(published);
    await subject.restart();
    await subject.delivery.start();
    expect(subject.scripted.asked).toEqual(['remove team-a/alice', 'remove team-a/alice']);
    await subject.scripted.answer(REMOVED);
    expect(subject.owed).toEqual([]);
  });

  it('is settled at the next start where the directory is that of a new instance by now', async () => {
    await subject.delivery.abandon(published);
    subject.taken.push('team-a/alice');
    await subject.restart();
    await subject.delivery.start();
    expect([subject.scripted.asked, subject.owed]).toEqual([['remove team-a/alice'], []]);
  });

  it('says so where the note cannot be taken away', async () => {
    await subject.delivery.abandon(published);
    subject.api.fail(new Error('no answer'), ({ method }) => method === 'PATCH');
    await subject.scripted.answer(REMOVED);
    expect(subject.lines).toMatchObject([{ level: 'error', message: 'a settled removal could not be noted', instance: 'team-a/alice' }]);
  });
});
