import { failed } from '../git/delivering';
import { World, stopAll } from '../world';
import { HandOver } from './handing-over';

afterEach(stopAll);

const DIGEST = 'openclaw.rocks/release-digest';

/** Claims have no owner. */
function all(held: Record<string, string>, but: RegExp = /^PersistentVolumeClaim /): string[] {
  return [...new Set(Object.entries(held).flatMap(([name, who]) => (but.test(name) ? [] : [who])))];
}

describe('from apply to Git', () => {
  it('is applied until the engine has it, restarts nothing, and is let go object by object', async () => {
    const subject = await HandOver.begin();
    const { generation } = subject.workload.metadata;
    await subject.ask('git');
    expect([subject.scripted.asked, subject.delivery, subject.world.condition('Ready')]).toEqual([
      ['publish team-a/alice'],
      'apply',
      'True ReconcileSucceeded',
    ]);
    await subject.commit();
    expect([subject.delivery, subject.world.condition('Applied'), subject.world.condition('Ready')]).toEqual([
      'apply',
      'Unknown HandingOver',
      'True ReconcileSucceeded',
    ]);
    // Nobody has come yet: what the spec says is applied as before.
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: { note: 'a' } } });
    await subject.world.settle();
    expect(JSON.stringify(subject.workload['spec'])).toContain('"note":"a"');
    const edited = subject.workload.metadata.generation;
    expect(edited).toBe((generation ?? 0) + 1);
    await subject.commit();
    await subject.sync();
    expect(subject.delivery).toBe('git');
    expect(all(subject.held)).toEqual(['kustomize-controller']);
    expect(subject.held['PersistentVolumeClaim alice-data']).toBe('kustomize-controller');
    expect(subject.workload.metadata.generation).toBe(edited);
    await subject.world.live();
    expect([subject.world.condition('Ready'), subject.world.condition('Applied'), subject.world.condition('Committed')]).toEqual([
      'True ReconcileSucceeded',
      'True Applied',
      'True Committed',
    ]);
    expect(subject.world.api.events.filter((event) => event.startsWith('HandedOver'))).toEqual([
      'HandedOver: delivered by "git" from now on',
    ]);
    // And it stays so, without a write.
    subject.world.api.forgetRequests();
    for (let pass = 0; pass < 5; pass += 1) await subject.world.passAll();
    expect(subject.world.api.writes).toEqual([]);
  });

  it('that is called off leaves the repository again, and nothing else changes', async () => {
    const subject = await HandOver.begin();
    const before = subject.workload;
    await subject.ask('git');
    await subject.commit();
    await subject.ask('apply');
    expect(subject.scripted.asked.at(-1)).toBe('remove team-a/alice');
    await subject.commit();
    expect([subject.delivery, subject.world.instance.status?.git, subject.workload['spec']]).toEqual(['apply', undefined, before['spec']]);
    expect(subject.world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('that the repository refuses changes nothing: it is applied on', async () => {
    const subject = await HandOver.begin();
    await subject.ask('git');
    await subject.scripted.answer(failed('GIT-AUTH', Infinity));
    await subject.world.settle();
    expect([subject.delivery, subject.world.condition('Committed'), subject.world.condition('Ready')]).toEqual([
      'apply',
      'False GitAuth',
      'True ReconcileSucceededDegraded',
    ]);
  });
});

async function inGit(): Promise<HandOver> {
  const subject = await HandOver.begin();
  await subject.ask('git');
  await subject.commit();
  await subject.sync();
  await subject.world.live();
  return subject;
}

describe('from Git to apply', () => {
  it('takes the fields of the engine, applies, and then leaves the repository: nothing restarts, nothing is left over', async () => {
    const subject = await inGit();
    const { generation } = subject.workload.metadata;
    await subject.ask('apply');
    expect([subject.scripted.asked.at(-1), subject.delivery]).toEqual(['remove team-a/alice', 'git']);
    expect(all(subject.held, /^(?:PersistentVolumeClaim|ConfigMap alice-release)/)).toEqual(['openclaw-controller owned']);
    expect(subject.world.condition('Ready')).toBe('True ReconcileSucceeded');
    await subject.commit();
    expect([subject.delivery, subject.world.instance.status?.git]).toEqual(['apply', undefined]);
    expect(subject.workload.metadata.annotations?.[DIGEST]).toBeUndefined();
    expect(subject.workload.metadata.generation).toBe(generation);
    expect(subject.world.api.names()).not.toContain('ConfigMap alice-release');
    expect(subject.world.api.names()).toContain('PersistentVolumeClaim alice-data');
    // What the spec no longer says goes: no dead manager holds it.
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: { note: 'a' } } });
    await subject.world.settle();
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: null } });
    await subject.world.settle();
    expect(JSON.stringify(subject.workload['spec'])).not.toContain('"note"');
    subject.world.api.forgetRequests();
    for (let pass = 0; pass < 5; pass += 1) await subject.world.passAll();
    expect(subject.world.api.writes).toEqual([]);
  });

  it('outlasts an engine that had not heard of it and applies once more', async () => {
    const subject = await inGit();
    await subject.ask('apply');
    await subject.commit();
    await subject.sync();
    expect(subject.workload.metadata.annotations?.[DIGEST]).toBeUndefined();
    expect(all(subject.held)).toEqual(['openclaw-controller owned']);
    expect(subject.world.api.names()).not.toContain('ConfigMap alice-release');
  });

  it('waits for an engine that would delete everything with its own object, and names it', async () => {
    const subject = await inGit();
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'team-a.alice', namespace: 'flux-system' },
    };
    subject.world.api.seed({ ...kustomization, spec: { prune: true } });
    await subject.ask('apply');
    expect(subject.scripted.asked.at(-1)).toBe('publish team-a/alice');
    expect(subject.world.condition('Committed')).toBe('False EngineDeletes');
    subject.world.api.edit('Kustomization', 'team-a.alice', { spec: { deletionPolicy: 'Orphan' } }, 'kubectl-edit', 'flux-system');
    await subject.world.passAll();
    expect(subject.scripted.asked.at(-1)).toBe('remove team-a/alice');
  });

  it('and back again before it is through goes on in Git', async () => {
    const subject = await inGit();
    const { generation } = subject.workload.metadata;
    await subject.ask('apply');
    await subject.ask('git');
    await subject.commit();
    await subject.sync();
    expect([subject.delivery, all(subject.held), subject.workload.metadata.generation]).toEqual([
      'git',
      ['kustomize-controller'],
      generation,
    ]);
  });
});

it('a deletion on the way leaves the repository by a tombstone, whatever side it was on', async () => {
  const subject = await HandOver.begin();
  await subject.ask('git');
  await subject.commit();
  await subject.world.api.remove('OpenClawInstance', 'alice');
  await subject.world.settle();
  expect(subject.scripted.asked.at(-1)).toBe('bury team-a/alice');
  expect(subject.world.condition('Ready')).toBe('False Terminating');
});

it('a setting of the controller alone moves nothing', async () => {
  const first = await World.start();
  await first.live();
  await stopAll();
  const second = await World.start(() => undefined, { api: first.api, delivery: 'git' });
  second.loop.wakeAll();
  await second.settle();
  expect(first.condition('Ready')).toBe('False DeliveryChange');
});
