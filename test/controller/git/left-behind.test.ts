import { commonLabels } from '../../../constructs/wire/names';
import { ApiError } from '../../../controller/api/errors';
import type { KubeObject } from '../../../controller/objects/objects';
import { settle } from '../api/fake-clock';
import { createKnown, OWN_NAMESPACE, stopAll } from '../world';
import { COMMITTED, Delivering, REMOVED, published } from './delivering';

const REMOVALS = 'openclaw-controller-owed-removals';

let subject: Delivering;

beforeEach(async () => {
  subject = await Delivering.begin();
});
afterEach(async () => {
  await subject.delivery.stop();
  await stopAll();
});

/** The next look, a minute later or so. */
async function look(): Promise<void> {
  await subject.clock.advance(75_000);
  await settle();
}

function place(kind: string, name: string, instance = 'alice'): KubeObject {
  return subject.api.seed({ apiVersion: 'v1', kind, metadata: { name, namespace: 'team-a', labels: commonLabels(instance) } });
}

function ask(): void {
  const metadata = { name: REMOVALS, namespace: OWN_NAMESPACE };
  subject.api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'team-a.alice': 'removal' } });
}

const told = (): unknown[] => subject.lines.filter(({ level }) => level === 'error').map(({ instance }) => instance);

describe('T-T12 a directory whose instance is gone', () => {
  it.each(['GET', 'PATCH'])('holds nothing up where the %s of what is owed is refused, and is taken up later', async (method) => {
    ask();
    subject.scripted.published = ['team-a/alice'];
    subject.taken.push('team-a/alice');
    await subject.restart();
    subject.api.fail(new ApiError('no', 403, 'Forbidden'), (request) => request.method === method && request.path.endsWith(REMOVALS));
    await subject.delivery.start();
    await look();
    expect(subject.owed).toEqual(['team-a.alice']);
    subject.api.heal();
    await look();
    await look();
    expect(subject.owed).toEqual([]);
  });

  it('is told of at the start, once, by log and event, and left alone', async () => {
    subject.scripted.published = ['team-a/alice', 'team-a/bob'];
    createKnown(subject.api, (written) => ({ ...written, metadata: { ...written.metadata, name: 'bob' } }));
    await subject.restart();
    await subject.delivery.start();
    await settle();
    await look();
    expect(told()).toEqual(['team-a/alice']);
    expect(subject.api.events).toEqual([
      expect.stringMatching(/^LeftInGit: the repository holds team-a\/alice, and there is no such instance/),
    ]);
    expect(subject.scripted.requests).toEqual([]);
  });

  it('is told of at the next look, where it loses its instance meanwhile', async () => {
    createKnown(subject.api, (written) => ({ ...written, metadata: { ...written.metadata, finalizers: [] } }));
    subject.scripted.published = ['team-a/alice'];
    await subject.restart();
    await subject.delivery.start();
    await settle();
    expect(told()).toEqual([]);
    subject.api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: null } });
    await subject.api.remove('OpenClawInstance', 'alice');
    await look();
    expect(told()).toEqual(['team-a/alice']);
  });

  it('is cleared on request: a tombstone first, and the directory when the engine has taken the objects away', async () => {
    subject.scripted.published = ['team-a/alice'];
    place('Service', 'alice');
    await subject.delivery.start();
    await settle();
    ask();
    await look();
    expect(subject.scripted.asked).toEqual(['bury team-a/alice']);
    await subject.scripted.answer(COMMITTED);
    await subject.api.remove('Service', 'alice');
    place('ConfigMap', 'alice-tombstone');
    place('PersistentVolumeClaim', 'alice-data');
    await look();
    expect(subject.scripted.asked).toEqual(['bury team-a/alice', 'remove team-a/alice']);
    await subject.scripted.answer(REMOVED);
    expect(subject.owed).toEqual([]);
  });

  it('is not cleared where the instance is there, whatever is asked', async () => {
    subject.scripted.published = ['team-a/alice'];
    createKnown(subject.api);
    ask();
    subject.taken.push('team-a/alice');
    await subject.restart();
    await subject.delivery.start();
    await settle();
    await look();
    expect([subject.scripted.requests, subject.owed]).toEqual([[], []]);
  });

  it('is no news while it is being removed: its namespace went', async () => {
    subject.scripted.published = ['team-a/alice'];
    await subject.delivery.abandon(published);
    await subject.delivery.start();
    await settle();
    await look();
    expect(told()).toEqual([]);
  });

  it('is not taken for one whose instance goes while the branch is read', async () => {
    createKnown(subject.api, (written) => ({ ...written, metadata: { ...written.metadata, finalizers: [] } }));
    await subject.restart();
    subject.scripted.published = ['team-a/alice'];
    subject.scripted.onLook = async () => {
      subject.api.edit('OpenClawInstance', 'alice', { metadata: { finalizers: null } });
      await subject.api.remove('OpenClawInstance', 'alice');
      await settle();
      subject.scripted.onLook = async () => undefined;
    };
    await subject.delivery.start();
    await settle();
    expect(told()).toEqual([]);
  });

  it('is told of again when it comes back', async () => {
    subject.scripted.published = ['team-a/alice'];
    await subject.delivery.start();
    await settle();
    subject.scripted.published = [];
    await look();
    subject.scripted.published = ['team-a/alice'];
    await look();
    expect(told()).toEqual(['team-a/alice', 'team-a/alice']);
  });
});

describe('T-T12 a directory of another controller', () => {
  it.each([
    ['in another namespace', { namespaces: ['team-b'] }],
    ['of an instance without our label', { watchLabel: 'team=blue' }],
    ['of an instance without our label, in a namespace of ours', { namespaces: ['team-a'], watchLabel: 'team=blue' }],
  ])('is no news, and is not cleared: %s', async (_what, scope) => {
    subject.scripted.published = ['team-a/alice'];
    createKnown(subject.api);
    ask();
    subject.scope = scope;
    await subject.restart();
    await subject.delivery.start();
    await settle();
    await look();
    expect([told(), subject.scripted.requests]).toEqual([[], []]);
  });

  it('is told from one that has lost its instance and could be ours', async () => {
    subject.scripted.published = ['team-a/alice'];
    subject.scope = { watchLabel: 'team=blue' };
    await subject.restart();
    await subject.delivery.start();
    await settle();
    expect(told()).toEqual(['team-a/alice']);
  });
});

const graves = (): string[] => subject.api.names().filter((name) => name.startsWith('ConfigMap '));

describe('T-S5 a tombstone whose instance is gone', () => {
  it('is swept as often as an engine makes it again, however late', async () => {
    await subject.delivery.start();
    for (let minute = 0; minute < 30; minute += 5) {
      place('ConfigMap', 'alice-tombstone');
      for (let looks = 0; looks < 4; looks += 1) await look();
      expect(graves()).toEqual([]);
    }
  });

  it('is left while the repository still wants it, or the instance is there', async () => {
    subject.scripted.published = ['team-a/bob'];
    createKnown(subject.api);
    place('ConfigMap', 'bob-tombstone', 'bob');
    place('ConfigMap', 'alice-tombstone');
    await subject.restart();
    await subject.delivery.start();
    await look();
    expect(graves()).toEqual(['ConfigMap alice-tombstone', 'ConfigMap bob-tombstone']);
  });

  it('is told from a ConfigMap of the same name that is not ours, and from others of ours', async () => {
    place('ConfigMap', 'alice-config');
    subject.api.seed({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'carol-tombstone', namespace: 'team-a' } });
    await subject.delivery.start();
    await look();
    expect(graves()).toEqual(['ConfigMap alice-config', 'ConfigMap carol-tombstone']);
  });
});
