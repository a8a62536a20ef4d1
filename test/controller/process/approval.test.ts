import { GitError } from '../../../gitops/git/errors';
import { approveCommand } from '../../../gitops/git/names';
import type { PublishResult } from '../../../gitops/publish/publish';
import { seedBucket } from '../lifecycle/copy-story';
import { stopAll } from '../world';
import { HandOver } from './handing-over';

afterEach(stopAll);

const HASH = `sha256:${'9'.repeat(64)}`;
const command = approveCommand({ namespace: 'team-a', name: 'alice' }, HASH);
const waiting: PublishResult = {
  ok: false,
  error: new GitError(
    'AWAITING-APPROVAL',
    `${HASH} waits for an approval; risks: restart (StatefulSet/alice image)`,
    `look; then ${command}`,
  ),
  plan: { hash: HASH, risks: ['restart'], lines: ['StatefulSet/alice  image  (restart)'] },
};

it('a change waits in the cluster as well, is told once with the command, and goes on with the annotation', async () => {
  const subject = await HandOver.begin();
  const { api } = subject.world;
  await subject.ask('git');
  await subject.commit();
  await subject.sync();
  expect(subject.delivery).toBe('git');
  const tag = (): string => JSON.stringify(subject.workload['spec']);
  const before = tag();
  api.edit('OpenClawInstance', 'alice', { spec: { image: { tag: '2026.9.7' } } });
  await subject.world.settle();
  await subject.scripted.answer(waiting);
  await subject.world.settle();
  const { status } = subject.world.instance;
  const condition = status?.conditions?.find(({ type }) => type === 'Committed');
  expect([subject.world.condition('Committed'), subject.world.condition('Ready')]).toEqual([
    'False AwaitingApproval',
    'False WaitingForApproval',
  ]);
  expect(condition?.message).toContain(command);
  expect(status?.git?.plan).toBe(HASH);
  expect(tag()).toBe(before);
  const told = (): number => api.all('Event').filter(({ reason }) => reason === 'AwaitingApproval').length;
  expect(told()).toBe(1);
  // Passes in between are no news, and ask for nothing.
  const asked = subject.scripted.requests.length;
  api.edit('OpenClawInstance', 'alice', { metadata: { labels: { a: 'b' } } });
  await subject.world.settle();
  expect([told(), subject.scripted.requests.length]).toEqual([1, asked]);
  api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { 'openclaw.rocks/approve-plan': HASH } } });
  await subject.world.settle();
  expect(subject.scripted.requests.at(-1)?.approved).toBe(HASH);
  await subject.commit();
  expect([subject.world.condition('Committed'), subject.scripted.requests.length]).toEqual(['True Committed', asked + 1]);
});

it('pods that stop for a restore are asked for with the generation that Git has, so that they wait for nobody', async () => {
  const subject = await HandOver.begin();
  const { api, clock } = subject.world;
  seedBucket(api);
  await subject.ask('git');
  await subject.commit();
  await subject.sync();
  await subject.commit();
  api.edit('PersistentVolumeClaim', 'alice-data', { status: { phase: 'Bound' } }, 'binder');
  await subject.world.settle();
  const asked = subject.scripted.requests.length;
  api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom: 'backups/team-a/alice/2026-01-01T080000Z' } });
  for (let look = 0; look < 3; look += 1) {
    await clock.advance(20_000);
    await subject.world.settle();
  }
  const { generation, known, layout } = subject.scripted.requests.slice(asked).at(-1) ?? {};
  expect(JSON.stringify(layout?.files.map(({ source }) => source))).toContain('"replicas":0');
  expect(generation).toBe(known?.generation);
});
