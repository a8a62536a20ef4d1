import type { OpenClawInstanceStatus } from '../../../constructs';
import { ApiError, ConnectionError } from '../../../controller/api/errors';
import type { LiveInstance } from '../../../controller/objects/objects';
import { Reporter } from '../../../controller/status/report';
import type { EventDraft } from '../../../controller/status/events';
import { FakeClock } from '../api/fake-clock';
import type { FakeApi } from '../fake-api';
import { aServer, createKnown } from '../world';

const status: OpenClawInstanceStatus = { phase: 'Running', observedGeneration: 1 };
const statusPath = '/apis/openclaw.rocks/v1alpha1/namespaces/team-a/openclawinstances/alice/status';
const event: EventDraft = { type: 'Warning', reason: 'SecretNotFound', message: 'not found: keys' };
const conflict: EventDraft = { type: 'Warning', reason: 'FieldConflict', message: 'took .spec.replicas from "hpa"' };

let clock: FakeClock;
let api: FakeApi;
let reporter: Reporter;
/** What came to the log. */
let heard: string[];

beforeEach(() => {
  clock = new FakeClock();
  api = aServer(clock);
  createKnown(api);
  heard = [];
  reporter = new Reporter(api, clock, (key, { reason }) => heard.push(`${key} ${reason}`));
});

/** The instance as the server has it now. */
function current(): LiveInstance {
  return api.get('OpenClawInstance', 'alice') as LiveInstance;
}

describe('a status', () => {
  it('is one write: a merge patch of the status alone, for this very instance', async () => {
    const instance = current();
    await reporter.report(instance, status, []);
    expect(api.requests).toMatchObject([
      {
        method: 'PATCH',
        path: statusPath,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'openclaw-controller' },
        body: { metadata: { uid: instance.metadata.uid }, status },
      },
    ]);
    expect(current().status).toEqual(status);
    expect(current().metadata.generation).toBe(1);
  });

  it('T2 that says the same is no write, whatever its times', async () => {
    await reporter.report(current(), { ...status, lastReconcileTime: '2026-01-01T00:00:00Z' }, []);
    api.forgetRequests();
    await reporter.report(current(), { ...status, lastReconcileTime: '2026-02-02T00:00:00Z' }, []);
    expect(api.requests).toEqual([]);
  });

  it('takes away what is no longer said, also what an older operator said', async () => {
    api.edit('OpenClawInstance', 'alice', { status: { phase: 'Failed', managedResources: { deployment: 'alice', pvc: 'alice-data' } } });
    await reporter.report(current(), { ...status, managedResources: { pvc: 'alice-data' } }, []);
    expect(current().status).toEqual({ ...status, managedResources: { pvc: 'alice-data' } });
  });

  it('is not computed from a cache that has not seen our last write', async () => {
    const seen = current();
    await reporter.report(seen, status, []);
    expect(reporter.current(seen).status).toEqual(status);
    api.forgetRequests();
    await reporter.report(reporter.current(seen), status, []);
    expect(api.requests).toEqual([]);
  });

  it('T2 is not written twice where the cache sees an earlier write of ours in between', async () => {
    const seen = current();
    // The finalizer, written by the same pass that computed the status from what it saw before.
    const between = api.edit('OpenClawInstance', 'alice', { metadata: { labels: { a: 'b' } } }) as LiveInstance;
    await reporter.report(seen, status, [event]);
    expect(reporter.current(between).status).toEqual(status);
  });

  it('is that of the cache once the cache has it, or something newer', async () => {
    await reporter.report(current(), status, []);
    const mine = current();
    expect(reporter.current(mine)).toBe(mine);
    const theirs = api.edit('OpenClawInstance', 'alice', { status: { phase: 'Failed' } }) as LiveInstance;
    expect(reporter.current(theirs).status?.phase).toBe('Failed');
  });

  it('is not that of an earlier instance of the name', async () => {
    const seen = current();
    await reporter.report(seen, status, []);
    const other: LiveInstance = { ...seen, metadata: { ...seen.metadata, uid: 'another' } };
    expect(reporter.current(other).status).toBeUndefined();
  });

  it('is forgotten with its instance', async () => {
    const seen = current();
    await reporter.report(seen, status, []);
    reporter.forget({ namespace: 'team-a', name: 'alice' });
    expect(reporter.current(seen)).toBe(seen);
  });

  it.each([
    ['is gone', 404, 'NotFound'],
    ['was replaced by another of its name', 409, 'Conflict'],
  ])('of an instance that %s is told to nobody', async (_what, code, reason) => {
    api.fail(new ApiError('no', code, reason), ({ path }) => path === statusPath);
    await expect(reporter.report(current(), status, [])).resolves.toBeUndefined();
  });

  it('is never written to another instance of the name', async () => {
    const seen = current();
    await reporter.report({ ...seen, metadata: { ...seen.metadata, uid: 'an-earlier-one' } }, status, []);
    expect(current().status).toBeUndefined();
  });

  it('that cannot be written fails the pass, and is written by the next one', async () => {
    const seen = current();
    api.fail(new ConnectionError('cut', 'ECONNRESET'));
    await expect(reporter.report(seen, status, [event])).rejects.toThrow('cut');
    api.heal();
    await reporter.report(reporter.current(seen), status, [event]);
    expect(current().status).toEqual(status);
    expect(api.events).toEqual(['SecretNotFound: not found: keys']);
  });
});

describe('an event', () => {
  it('is about the instance, says who tells it and when, and has a name of its own', async () => {
    const { metadata } = current();
    await reporter.report(current(), status, [event, { ...event, message: 'not found: others' }]);
    const made = api.requests.filter(({ path }) => path.endsWith('/events')).map(({ body }) => body as { metadata: { name: string } });
    expect(made[0]).toMatchObject({
      involvedObject: {
        apiVersion: 'openclaw.rocks/v1alpha1',
        kind: 'OpenClawInstance',
        name: 'alice',
        namespace: 'team-a',
        uid: metadata.uid,
      },
      type: 'Warning',
      reason: 'SecretNotFound',
      message: 'not found: keys',
      source: { component: 'openclaw-controller' },
      reportingComponent: 'openclaw-controller',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
    });
    expect(made.map((one) => one.metadata.name)).toEqual([
      expect.stringMatching(/^alice\.[0-9a-f]{16}$/),
      expect.stringMatching(/^alice\./),
    ]);
    expect(made[0]?.metadata.name).not.toBe(made[1]?.metadata.name);
  });

  it('comes after the status', async () => {
    await reporter.report(current(), status, [event]);
    expect(api.requests.map(({ path }) => path)).toEqual([statusPath, '/api/v1/namespaces/team-a/events']);
  });

  it('of a fight for a field is told once an hour, each for itself', async () => {
    const told = async (...events: EventDraft[]): Promise<string[]> => {
      const before = api.events.length;
      await reporter.report(current(), status, events);
      return api.events.slice(before);
    };
    const other = { ...conflict, message: 'took .spec.type from "kubectl"' };
    expect(await told(conflict)).toHaveLength(1);
    expect(await told(conflict, other)).toEqual([`FieldConflict: ${other.message}`]);
    await clock.advance(60 * 60_000);
    expect(await told(conflict, other)).toEqual([]);
    await clock.advance(1);
    expect(await told(conflict)).toEqual([`FieldConflict: ${conflict.message}`]);
    reporter.forget({ namespace: 'team-a', name: 'alice' });
    expect(await told(conflict)).toHaveLength(1);
  });
});

it('what is told of an instance comes to the log as often as it is told', async () => {
  await reporter.report(current(), status, [event, conflict]);
  await reporter.report(current(), status, [conflict]);
  expect(heard).toEqual(['team-a/alice SecretNotFound', 'team-a/alice FieldConflict']);
});

const news = (index: number): EventDraft => ({ type: 'Normal', reason: 'Committed', message: `commit ${index}` });

const counted = (): string[] =>
  api.all('Event').map((one) => `${String(one['reason'])} ${String(one['message'])} x${String(one['count'])}`);

describe('T-T16 events', () => {
  it('that say the same count up, with their last time', async () => {
    await reporter.report(current(), status, [event]);
    await clock.advance(60_000);
    await reporter.report(current(), status, [event]);
    await reporter.report(current(), status, [event]);
    expect(counted()).toEqual(['SecretNotFound not found: keys x3']);
    expect(api.all('Event')[0]).toMatchObject({ firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:01:00Z' });
  });

  it('of one reason that come in a series become one after the fourth, which tells the last', async () => {
    for (let index = 1; index <= 40; index += 1) await reporter.report(current(), status, [news(index)]);
    const combined = 'Committed (combined from similar events): commit 40 x36';
    expect(counted()).toEqual([...[1, 2, 3, 4].map((index) => `Committed commit ${index} x1`), combined]);
    await reporter.report(current(), status, [event]);
    expect(counted()).toHaveLength(6);
  });

  it('are told one by one again when the series is over', async () => {
    for (let index = 1; index <= 4; index += 1) await reporter.report(current(), status, [news(index)]);
    await clock.advance(11 * 60_000);
    await reporter.report(current(), status, [news(5)]);
    expect(counted().at(-1)).toBe('Committed commit 5 x1');
  });

  it.each([
    ['was taken away meanwhile', new ApiError('no', 404, 'NotFound')],
    ['may not be changed, by an older role', new ApiError('no', 403, 'Forbidden')],
  ])('are made anew where the last one %s', async (_what, error) => {
    await reporter.report(current(), status, [event]);
    api.fail(error, ({ method, path }) => method === 'PATCH' && path.includes('/events/'));
    await reporter.report(current(), status, [event]);
    expect(counted()).toEqual(Array(2).fill('SecretNotFound not found: keys x1'));
  });

  it('about an instance that has gone meanwhile are told to nobody', async () => {
    api.fail(new ApiError('no', 404, 'NotFound'), ({ path }) => path === statusPath);
    await reporter.report(current(), status, [event]);
    expect([api.events, heard]).toEqual([[], []]);
  });
});
