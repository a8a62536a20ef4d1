import { ApiError, BrokenLineError } from '../../../controller/api/errors';
import type { AccessVerb } from '../../../controller/api/live-copy';
import { settle } from './fake-clock';
import { brokenConnection, configMap, listOf, type ScriptedApi } from './scripted-api';
import { started } from './watch-subject';

const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
const refused = (code: number, retryAfterSeconds?: number): ApiError => new ApiError(`answered ${code}`, code, '', {}, retryAfterSeconds);

describe('a failure', () => {
  test('is waited out, from the first one on, twice as long each time, up to half a minute', async () => {
    const { api, clock, errors } = await started({}, (prepared) => {
      prepared.answers = [brokenConnection()];
    });
    for (let time = 1; time <= 7; time += 1) await clock.advanceToNext();
    // The clock's chance is 0, the shortest wait: half of the full one.
    expect(errors.map(({ waitMs }) => waitMs)).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    clock.chance = 1;
    await clock.advanceToNext();
    expect(errors.at(-1)?.waitMs).toBe(30_000);
    expect(api.lists).toHaveLength(9);
  });

  test('of the watch is waited out too; the next one goes on without a list', async () => {
    const { api, clock, errors } = await started({}, ({ refusals }) => refusals.push(refused(500), brokenConnection()));
    expect(api.streams).toHaveLength(1);
    await clock.advance(500);
    await clock.advance(1000);
    expect(api.streams).toHaveLength(3);
    expect(errors.map(({ waitMs }) => waitMs)).toEqual([500, 1000]);
    expect(api.lists).toHaveLength(1);
  });

  test('that has passed is forgotten once the server is heard', async () => {
    const { api, clock, errors } = await started({}, ({ refusals }) => refusals.push(refused(500), refused(500)));
    await clock.advance(1500);
    api.latest.bookmark('11');
    await settle();
    api.latest.close(brokenConnection());
    await settle();
    expect(errors.map(({ waitMs }) => waitMs)).toEqual([500, 1000, 500]);
  });

  test('three times in a row makes the list suspect', async () => {
    const { api, clock } = await started({}, ({ refusals }) => refusals.push(refused(400), refused(400), refused(400)));
    await clock.advance(500 + 1000);
    expect(api.lists).toHaveLength(1);
    await clock.advance(2000);
    expect(api.lists).toHaveLength(2);
  });

  test('with a time to come back is waited out for that long, within reason', async () => {
    const { clock, errors } = await started({}, (prepared) => {
      prepared.answers = [refused(429, 20), refused(503, 86_400), listOf('10', [])];
    });
    await clock.advance(20_000);
    expect(errors.map(({ waitMs }) => waitMs)).toEqual([20_000, 300_000]);
  });

  test.each([
    ['410 in the watch', (api: ScriptedApi) => api.latest.send('ERROR', expired)],
    ['410 instead of a watch', (api: ScriptedApi) => api.latest.close(refused(410))],
    ['a broken line', (api: ScriptedApi) => api.latest.close(new BrokenLineError('broken'))],
    ['a line that is no event', (api: ScriptedApi) => api.latest.line({ kind: 'Status' })],
    ['an event of an unknown type', (api: ScriptedApi) => api.latest.send('RENAMED', configMap('one', '11'))],
    ['an event without a version', (api: ScriptedApi) => api.latest.send('ADDED', { metadata: { name: 'one' } })],
  ])('%s: the list is read again, after a wait', async (_title, fail) => {
    const { api, clock, watch } = await started();
    api.answers = [listOf('20', [configMap('one', '19')])];
    fail(api);
    await settle();
    expect(api.lists).toHaveLength(1);
    await clock.advance(1000);
    expect(api.lists).toHaveLength(2);
    expect(api.latest.request.query?.['resourceVersion']).toBe('20');
    expect(watch.counts).toMatchObject({ relists: 1, failures: 1 });
  });

  test('410 again and again is no storm of lists', async () => {
    const { api, clock } = await started();
    for (let time = 1; time <= 20; time += 1) {
      api.latest.send('ERROR', expired);
      await clock.advanceToNext();
    }
    const lists = api.lists.length;
    const begun = clock.now().getTime();
    while (clock.now().getTime() - begun < 600_000) {
      api.latest.send('ERROR', expired);
      await clock.advance(1000);
    }
    expect(api.lists.length - lists).toBeLessThanOrEqual(41);
  });

  test('an error in the watch that is no 410 does not cost a list', async () => {
    const { api, clock, errors } = await started();
    api.latest.send('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcdserver: no leader' });
    await clock.advance(1000);
    expect(errors[0]?.error).toMatchObject({ status: 500, message: expect.stringContaining('etcdserver: no leader') });
    expect(api.streams).toHaveLength(2);
    expect(api.lists).toHaveLength(1);
  });
});

describe('T-T8 a right that is missing', () => {
  const forbidden = refused(403);

  test('to list is told once, ends the wait for the first list, and is no sign of a dead server', async () => {
    const told: (readonly AccessVerb[])[] = [];
    const { clock, watch, errors } = await started({ onAccess: (missing) => told.push(missing) }, (prepared) => {
      prepared.answers = [forbidden];
    });
    await watch.synced;
    await clock.advance(20 * 60_000);
    expect([watch.missingAccess, told, errors]).toEqual([['list'], [['list']], []]);
    expect(watch.lastEventAge).toBeLessThan(60_000);
  });

  test('is noticed when it is granted, within half a minute', async () => {
    const told: (readonly AccessVerb[])[] = [];
    const { api, clock, watch, changes } = await started({ onAccess: (missing) => told.push(missing) }, (prepared) => {
      prepared.answers = [forbidden];
    });
    await clock.advance(10 * 60_000);
    api.answers = [listOf('10', [configMap('x', '5')])];
    await clock.advance(30_000);
    expect([watch.missingAccess, told, changes]).toEqual([[], [['list'], []], ['x -->5']]);
  });

  test('that is taken away while we run leaves what is known', async () => {
    const { api, clock, watch } = await started({}, (prepared) => {
      prepared.answers = [listOf('10', [configMap('x', '5')]), forbidden];
      prepared.refusals.push(forbidden, forbidden, forbidden, forbidden);
    });
    await clock.advance(10_000);
    expect(watch.missingAccess).toEqual(['list', 'watch']);
    expect(watch.get('a', 'x')).toBeDefined();
    expect(api.lists.length).toBeGreaterThan(1);
  });

  test('to watch alone makes it list again and again, at most twice a minute, and the first event takes the word back', async () => {
    const told: (readonly AccessVerb[])[] = [];
    const { api, clock, watch } = await started({ onAccess: (missing) => told.push(missing) }, ({ refusals }) =>
      refusals.push(...Array.from({ length: 40 }, () => forbidden)),
    );
    await clock.advance(60_000);
    api.answers = [listOf('11', [configMap('x', '11')])];
    await clock.advance(60_000);
    expect(watch.get('a', 'x')).toBeDefined();
    expect([watch.missingAccess, told]).toEqual([['watch'], [['watch']]]);
    api.refusals.length = 0;
    await clock.advance(30_000);
    api.latest.bookmark('12');
    await settle();
    expect([watch.missingAccess, told]).toEqual([[], [['watch'], []]]);
  });
});
