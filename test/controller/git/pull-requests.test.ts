import { GitError } from '../../../gitops/git/errors';
import type { PublishResult } from '../../../gitops/publish/publish';
import { stopAll } from '../world';
import { COMMITTED, Delivering, published } from './delivering';

let subject: Delivering;

beforeEach(async () => {
  subject = await Delivering.begin();
});
afterEach(async () => {
  await subject.delivery.stop();
  await stopAll();
});

const pullRequest = { branch: 'openclaw/prod/team-a.alice', url: 'https://forge.example.com/1', state: 'open' } as const;
const plan = { hash: 'sha256:1', risks: [], lines: ['StatefulSet/alice  image  (restart)'] };
const waiting: PublishResult = { ok: false, error: new GitError('PULL-REQUEST-OPEN', 'it is to be merged'), plan, pullRequest };

it('a change that waits to be merged is not committed; it is told where, and what it would do', async () => {
  await subject.publish();
  await subject.scripted.answer(waiting);
  expect(await subject.publish()).toMatchObject({
    state: 'pending',
    failure: { code: 'PULL-REQUEST-OPEN', stalled: true },
    pullRequest,
    plan,
  });
  expect(subject.scripted.asked).toEqual(['publish team-a/alice']);
});

it('what is merged is found by the look at the repository, and goes on', async () => {
  await subject.publish();
  await subject.scripted.answer(waiting);
  const { namespace, name } = published.metadata;
  subject.scripted.moves = [{ cluster: 'prod', namespace, name }];
  await subject.delivery.start();
  await subject.clock.advance(90_000);
  expect(subject.woken).toContain('team-a/alice');
  await subject.publish();
  await subject.scripted.answer(COMMITTED);
  const outcome = await subject.publish();
  expect([outcome.state, outcome.pullRequest]).toEqual(['committed', undefined]);
});

it('a deletion waits until its tombstone is merged, and for nothing that is removed after that', async () => {
  subject.scripted.published = ['team-a/alice'];
  const end = (isGone: boolean) => subject.delivery.unpublish(published, isGone);
  await end(false);
  await subject.scripted.answer(waiting);
  expect(await end(true)).toMatchObject({ state: 'pending', failure: { code: 'PULL-REQUEST-OPEN' }, pullRequest });
  await subject.clock.advance(60_000);
  await end(true);
  await subject.scripted.answer(COMMITTED);
  expect((await end(true)).state).toBe('pending');
  await subject.scripted.answer(waiting);
  // The instance may go; the empty directory is owed, and asked for until somebody has merged that.
  expect([(await end(true)).state, subject.owed]).toEqual(['committed', ['team-a.alice']]);
  subject.delivery.forget('team-a/alice');
  await subject.scripted.answer(waiting);
  await subject.clock.advance(60_000);
  await subject.scripted.answer(COMMITTED);
  expect(subject.owed).toEqual([]);
  expect(subject.lines.filter(({ level }) => level === 'error')).toEqual([]);
});
