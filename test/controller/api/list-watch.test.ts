import { once } from 'node:events';
import { AnswerTooLargeError, ApiError } from '../../../controller/api/errors';
import { ListWatch } from '../../../controller/api/list-watch';
import { byLabel, byOwner } from '../../../controller/api/object-store';
import { configMaps, type Kind } from '../../../controller/objects/kinds';
import { FakeClock, settle } from './fake-clock';
import { brokenConnection, configMap, listOf, ScriptedApi } from './scripted-api';
import { started } from './watch-subject';

const expired = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' };
const refused = (code: number, retryAfterSeconds?: number): ApiError => new ApiError(`answered ${code}`, code, '', {}, retryAfterSeconds);
const noSuchPath = new ApiError('GET /apis/x: the API server answered 404', 404, '');

describe('the first list', () => {
  test('is paged, and the watch goes on where it ended', async () => {
    const { api, changes, watch } = await started({ namespace: 'a', labelSelector: 'x=y' }, (prepared) => {
      prepared.answers = [listOf('10', [configMap('one', '3')], 'page-2'), listOf('10', [configMap('two', '4')])];
    });
    await watch.synced;
    expect(api.lists.map(({ path, query }) => ({ path, query }))).toEqual([
      { path: '/api/v1/namespaces/a/configmaps', query: { labelSelector: 'x=y', limit: '100' } },
      { path: '/api/v1/namespaces/a/configmaps', query: { labelSelector: 'x=y', limit: '100', continue: 'page-2' } },
    ]);
    expect(api.latest.request).toMatchObject({
      path: '/api/v1/namespaces/a/configmaps',
      query: { watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10', timeoutSeconds: '300', labelSelector: 'x=y' },
    });
    expect(changes).toEqual(['one -->3', 'two -->4']);
    expect(watch.list('a').map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual(['v1 ConfigMap', 'v1 ConfigMap']);
  });

  test('whose pages have expired is asked for in one piece', async () => {
    const { api, watch, errors } = await started({}, (prepared) => {
      prepared.answers = [listOf('10', [configMap('one', '3')], 'page-2'), refused(410), listOf('12', [configMap('two', '11')])];
    });
    expect(api.lists.at(-1)?.query).toEqual({});
    expect(watch.list().map(({ metadata }) => metadata.name)).toEqual(['two']);
    expect(errors).toEqual([]);
  });

  test('whose pages are too large is asked for in smaller ones', async () => {
    const { api, watch } = await started({}, (prepared) => {
      prepared.answers = [new AnswerTooLargeError('too large'), listOf('10', [configMap('one', '3')])];
    });
    expect(api.lists.map(({ query }) => query?.['limit'])).toEqual(['100', '13']);
    expect(watch.size).toBe(1);
  });

  test('asks for metadata only where that is wanted', async () => {
    const { api, watch } = await started({ metadataOnly: true }, (prepared) => {
      prepared.answers = [listOf('10', [])];
    });
    expect(api.lists[0]?.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
    expect(api.latest.request.accept).toBe('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1');
    api.latest.send('ADDED', { ...configMap('one', '11'), apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' });
    await settle();
    expect(watch.get('a', 'one')).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' });
  });

  test('watches last from 5 to 10 minutes, by chance', async () => {
    const clock = new FakeClock();
    clock.chance = 0.999;
    const { api } = await started({ clock });
    expect(api.latest.request.query?.['timeoutSeconds']).toBe('600');
  });
});

describe('what is kept', () => {
  const noisy = configMap('one', '11', {
    managedFields: [{ manager: 'kubectl', operation: 'Update' }],
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' },
  });

  test('has no managedFields and not what kubectl applied last', async () => {
    const { api, watch } = await started();
    api.latest.send('ADDED', noisy);
    await settle();
    expect(watch.get('a', 'one')?.metadata).toEqual({
      name: 'one',
      namespace: 'a',
      uid: 'uid-one',
      resourceVersion: '11',
      annotations: { mine: 'yes' },
    });
  });

  test('is found by owner and by a label in its namespace, as long as it has them', async () => {
    const { api, watch } = await started({ indexes: { owner: byOwner, app: byLabel('app') } });
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'uid-x' };
    api.latest.send('ADDED', configMap('one', '11', { ownerReferences: [owner], labels: { app: 'x' } }));
    api.latest.send('ADDED', configMap('two', '12', { labels: { app: 'x' } }));
    await settle();
    expect(watch.by('owner', 'uid-x').map(({ metadata }) => metadata.name)).toEqual(['one']);
    expect(watch.by('app', 'a/x')).toHaveLength(2);
    api.latest.send('MODIFIED', configMap('one', '13', { labels: { app: 'y' } }));
    api.latest.send('DELETED', configMap('two', '14', { labels: { app: 'x' } }));
    await settle();
    expect(watch.by('owner', 'uid-x')).toEqual([]);
    expect(watch.by('app', 'a/x')).toEqual([]);
    expect(watch.by('app', 'a/y')).toHaveLength(1);
    expect(() => watch.by('other', 'x')).toThrow('index other does not exist');
  });
});

describe('a change', () => {
  test('is told once: the same version again, by a watch or a list, is none', async () => {
    const { api, changes, clock } = await started({}, (prepared) => {
      prepared.answers = [listOf('10', [configMap('one', '3')])];
    });
    api.latest.send('ADDED', configMap('one', '3'));
    api.latest.send('MODIFIED', configMap('one', '11'));
    await settle();
    api.answers = [listOf('12', [configMap('one', '11')])];
    api.latest.send('ERROR', expired);
    await clock.advance(1000);
    expect(api.lists).toHaveLength(2);
    expect(changes).toEqual(['one -->3', 'one 3->11']);
  });

  test('that was missed is found by the next list: gone, new, changed, and replaced under its name', async () => {
    const { api, changes, clock } = await started({}, (prepared) => {
      prepared.answers = [
        listOf(
          '10',
          ['gone', 'same', 'changed', 'replaced'].map((name) => configMap(name, '3')),
        ),
      ];
    });
    changes.length = 0;
    api.answers = [
      listOf('20', [
        configMap('same', '3'),
        configMap('changed', '12'),
        configMap('replaced', '3', { uid: 'other' }),
        configMap('new', '13'),
      ]),
    ];
    api.latest.send('ERROR', expired);
    await clock.advance(1000);
    expect(changes).toEqual(['gone 3->-', 'changed 3->12', 'replaced 3->3', 'new -->13']);
  });

  test('a handler that throws is reported and does not keep the others from hearing', async () => {
    const { api, changes, errors, watch } = await started();
    watch.onChange(() => {
      throw new Error('of the handler');
    });
    const heard: string[] = [];
    watch.onChange((_before, after) => heard.push(after?.metadata.name ?? ''));
    api.latest.send('ADDED', configMap('one', '11'));
    api.latest.send('ADDED', configMap('two', '12'));
    await settle();
    expect(changes).toHaveLength(2);
    expect(heard).toEqual(['one', 'two']);
    expect(errors.map(({ error }) => String(error))).toEqual(['Error: of the handler', 'Error: of the handler']);
    expect(api.streams).toHaveLength(1);
  });
});

describe('a watch that ends', () => {
  test('is followed by one from the last event or bookmark, at once and without a list', async () => {
    const { api, clock, watch } = await started();
    api.latest.send('ADDED', configMap('one', '11'));
    api.latest.bookmark('15');
    await clock.advance(100_000);
    api.latest.close();
    await settle();
    expect(api.streams.map(({ request }) => request.query?.['resourceVersion'])).toEqual(['10', '15']);
    expect(api.lists).toHaveLength(1);
    expect(watch.counts).toEqual({ relists: 0, reconnects: 1, events: 1, failures: 0 });
  });

  test('is over for us before the next one begins', async () => {
    const { api, clock } = await started();
    await clock.advance(2000);
    api.latest.close(brokenConnection());
    await clock.advance(1000);
    expect(api.streams.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  });

  test('as soon as it began is not opened again at once', async () => {
    const { api, clock } = await started();
    api.latest.close();
    await settle();
    expect(api.streams).toHaveLength(1);
    await clock.advance(1000);
    expect(api.streams).toHaveLength(2);
  });

  test('silent for two and a half minutes is given up, and nothing is lost', async () => {
    const { api, clock, errors, watch } = await started();
    await clock.advance(100_000);
    api.latest.bookmark('15');
    await clock.advance(149_000);
    expect(api.streams).toHaveLength(1);
    expect(watch.lastEventAge).toBe(149_000);
    await clock.advance(1000);
    expect(api.streams.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(api.latest.request.query?.['resourceVersion']).toBe('15');
    expect(api.lists).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test('that the server does not end in time is ended by us', async () => {
    const { api, clock } = await started();
    const [stream] = api.streams;
    for (let minute = 1; minute <= 6; minute += 1) {
      stream?.bookmark(String(20 + minute));
      await clock.advance(60_000);
    }
    expect(api.streams).toHaveLength(2);
    expect(stream?.signal.aborted).toBe(true);
  });

  test('is followed by no list for fifty minutes: at rest nothing is read', async () => {
    const { api, clock, watch } = await started();
    for (let watches = 0; watches < 10; watches += 1) {
      await clock.advance(60_000);
      api.latest.bookmark(String(20 + watches));
      await clock.advance(240_000);
      api.latest.close();
      await settle();
    }
    expect(watch.counts).toMatchObject({ relists: 0, failures: 0 });
    expect(api.lists).toHaveLength(1);
  });

  test('is followed by a list when that is due, to find what no event told', async () => {
    const { api, clock, watch } = await started({ resyncMs: 600_000 });
    await clock.advance(100_000);
    api.latest.bookmark('15');
    await clock.advance(100_000);
    api.latest.close();
    await settle();
    expect(api.latest.request.query?.['timeoutSeconds']).toBe('300');
    for (const _minute of [1, 2, 3, 4, 5]) {
      api.latest.bookmark('16');
      await clock.advance(60_000);
    }
    api.latest.close();
    await settle();
    // The third watch ends where the list is due.
    expect(api.latest.request.query?.['timeoutSeconds']).toBe('100');
    api.latest.bookmark('17');
    await clock.advance(100_000);
    expect(api.lists).toHaveLength(1);
    api.latest.close();
    await settle();
    expect(api.lists).toHaveLength(2);
    expect(watch.counts.relists).toBe(1);
  });
});

describe('after stop', () => {
  test('nothing is told, whatever was under way', async () => {
    const { api, changes, watch } = await started();
    api.latest.send('ADDED', configMap('one', '11'));
    const stopped = watch.stop();
    api.latest.send('ADDED', configMap('two', '12'));
    await stopped;
    await settle();
    expect(changes).toEqual([]);
    expect(api.latest.signal.aborted).toBe(true);
  });

  test('a list that comes too late is not taken', async () => {
    const gate = new AbortController();
    const { api, changes, watch } = await started({}, (prepared) => {
      prepared.answers = [listOf('10', [configMap('one', '3')])];
      prepared.gate = once(gate.signal, 'abort').then(() => undefined);
    });
    const stopped = watch.stop();
    gate.abort();
    await stopped;
    expect(changes).toEqual([]);
    expect(api.streams).toHaveLength(0);
  });

  test('a handler that stops it hears nothing more of the same list', async () => {
    const api = new ScriptedApi();
    api.answers = [listOf('10', [configMap('one', '3'), configMap('two', '4')])];
    const watch = new ListWatch({ api, clock: new FakeClock(), kind: configMaps });
    const heard: string[] = [];
    watch.onChange((_before, after) => {
      heard.push(after?.metadata.name ?? '');
      void watch.stop();
    });
    watch.start();
    await settle();
    expect(heard).toEqual(['one']);
    expect(api.streams).toHaveLength(0);
  });

  test('a wait is cut short and nothing begins again', async () => {
    const { api, clock, watch } = await started({}, (prepared) => {
      prepared.answers = [brokenConnection()];
    });
    await watch.stop();
    await clock.advance(3_600_000);
    expect(api.lists).toHaveLength(1);
  });
});

describe('a kind that the cluster does not have', () => {
  const middlewares: Kind = {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    plural: 'middlewares',
    namespaced: true,
    optional: true,
  };

  test('is empty and in order if it is optional; it is looked for once a minute and comes alive', async () => {
    const { api, clock, errors, watch } = await started({ kind: middlewares }, (prepared) => {
      prepared.answers = [noSuchPath];
    });
    await watch.synced;
    expect(watch.isServed).toBe(false);
    await clock.advance(180_000);
    expect(api.lists).toHaveLength(4);
    expect(errors).toEqual([]);
    expect(watch.lastEventAge).toBeLessThanOrEqual(60_000);
    api.answers = [listOf('30', [configMap('one', '29')])];
    await clock.advance(60_000);
    expect(watch.isServed).toBe(true);
    expect(watch.size).toBe(1);
    expect(api.latest.request.query?.['resourceVersion']).toBe('30');
    expect(watch.counts.relists).toBe(0);
  });

  test('that goes takes its objects along, and is waited for again', async () => {
    const { api, changes, clock, watch } = await started({ kind: middlewares }, (prepared) => {
      prepared.answers = [listOf('10', [configMap('one', '3')])];
    });
    api.answers = [noSuchPath];
    api.refusals.push(noSuchPath);
    await clock.advance(2000);
    api.latest.close();
    await clock.advance(1000);
    expect(changes).toEqual(['one -->3', 'one 3->-']);
    expect(watch.isServed).toBe(false);
  });

  test('is a failure otherwise', async () => {
    const { errors, watch } = await started({}, (prepared) => {
      prepared.answers = [noSuchPath];
    });
    let synced = false;
    void watch.synced.then(() => {
      synced = true;
    });
    await settle();
    expect(errors).toHaveLength(1);
    expect(synced).toBe(false);
  });
});
