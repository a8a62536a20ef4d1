import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Metrics } from '../../../../controller/process/metrics/metrics';
import { serveMetrics } from '../../../../controller/process/metrics/serve-metrics';
import { type ProcessState, versionOf } from '../../../../controller/process/metrics/state-metrics';
import { World, create, stopAll } from '../../world';

const ALICE = { namespace: 'team-a', name: 'alice' };

function stateWith(parts: Partial<ProcessState> = {}): ProcessState {
  return { leads: true, isReady: true, instances: [], watches: [], queueDepth: 0, imageOf: () => undefined, ...parts };
}

/** One of everything that can be counted. */
function filled(): Metrics {
  const metrics = new Metrics('lease');
  const { work } = metrics;
  work.answered('PATCH', '200', 0.01);
  work.queued();
  work.taken(0.1);
  work.retried();
  work.passed({ key: ALICE, ok: false, seconds: 40, failedKinds: ['Ingress'] });
  work.recalled('resolve', 0.001);
  work.recalled('render');
  work.published(true, 3, 2);
  work.hooked('accepted');
  work.reviewed('allowed');
  work.asked(ALICE, 'Denied');
  for (const what of ['checked', 'applied', 'rolled back'] as const) work.updated(ALICE, what);
  work.ofRequests.queued();
  return metrics;
}

/** `name type {labels}` of each metric of ours, from what is served. */
function described(text: string): string[] {
  const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [name, type]));
  return [...types].map(([name, type]) => {
    const samples = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, 'gm'))];
    const labels = new Set(samples.flatMap(([, all = '']) => [...all.matchAll(/(\w+)="/g)].map(([, label = '']) => label)));
    labels.delete('le');
    return `${name} ${type} ${[...labels].toSorted().join(', ')}`.trimEnd();
  });
}

function documented(): string[] {
  const page = readFileSync(join(__dirname, '../../../../docs/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)];
  return rows.map(([, name = '', type = '', labels = '']) => `${name} ${type} ${labels.replaceAll('`', '').trim()}`.trimEnd());
}

afterEach(stopAll);

describe('the metrics', () => {
  it('have no series of an instance that is not there, whatever agents ask for and however late a pass ends', async () => {
    const gone = { namespace: 'team-a', name: 'gone' };
    const metrics = new Metrics('lease', ({ name }) => name !== 'gone');
    for (const key of [ALICE, gone]) {
      metrics.work.asked(key, 'Failed');
      metrics.work.updated(key, 'checked');
      metrics.work.passed({ key, ok: false, seconds: 1, failedKinds: ['Ingress'] });
    }
    const text = await metrics.text(stateWith());
    expect(text).not.toContain('gone');
    for (const name of ['self_config_requests', 'autoupdate_checks', 'reconcile', 'resource_creation_failures']) {
      expect(text).toMatch(new RegExp(`^openclaw_${name}_total\\{.*"alice".*\\} 1$`, 'm'));
    }
    expect(text).toContain('workqueue_work_duration_seconds_count{name="openclawinstance"} 2');
  });

  it('have the names, types and labels that docs/metrics.md tells of', async () => {
    const world = await World.start((api) => create(api));
    const state = { ...world.loop.state, certificateEnds: new Date(0), imageOf: () => 'ghcr.io/openclaw/openclaw:2026.2.26' };
    const served = described(await filled().text(state));
    const ours = served.filter((line) => !/^(process|nodejs)_/.test(line));
    expect(ours.toSorted()).toEqual(documented().toSorted());
    expect(served).toEqual(expect.arrayContaining(['process_resident_memory_bytes gauge', 'nodejs_eventloop_lag_seconds gauge']));
  });

  it('T-O6 a pass of 40 s can be told from one of 10 s, so that the alert at 30 s can fire', async () => {
    const text = await filled().text(stateWith());
    expect(text).toContain('openclaw_reconcile_duration_seconds_bucket{le="30",instance="alice",namespace="team-a"} 0');
    expect(text).toContain('openclaw_reconcile_duration_seconds_bucket{le="60",instance="alice",namespace="team-a"} 1');
  });

  it('T80 T-O9 counts instances and failed objects, and has no series of what is gone', async () => {
    const metrics = filled();
    const before = await metrics.text(stateWith());
    expect(before).toContain('openclaw_resource_creation_failures_total{instance="alice",namespace="team-a",resource="Ingress"} 1');
    metrics.work.forget(ALICE);
    expect(await metrics.text(stateWith())).not.toContain('instance="alice"');
  });

  it('T-O9 tells one phase and one version of an instance, those of now', async () => {
    const world = await World.start((api) => create(api));
    const metrics = new Metrics('lease');
    const [instance] = world.loop.state.instances;
    const at = (phase: 'Running' | 'Failed', image: string): Promise<string> =>
      metrics.text(stateWith({ instances: [{ ...instance!, status: { phase } }], imageOf: () => image }));
    await at('Failed', 'openclaw:1');
    const text = await at('Running', 'openclaw:2');
    expect(text.match(/^openclaw_instance_phase\{.*\} 1$/gm)).toEqual([
      'openclaw_instance_phase{instance="alice",namespace="team-a",phase="Running"} 1',
    ]);
    expect(text.match(/^openclaw_instance_phase\{/gm)).toHaveLength(10);
    expect(text.match(/^openclaw_instance_info.*$/gm)).toEqual([
      'openclaw_instance_info{instance="alice",namespace="team-a",version="2",image="openclaw:2"} 1',
    ]);
    expect(text).toContain('openclaw_managed_instances 1');
  });

  it('tell of instances only where the process leads: the sum over all replicas counts each once', async () => {
    const { loop } = await World.follow((api) => create(api));
    const text = await new Metrics('lease').text(loop.state);
    expect(text).toContain('leader_election_master_status{name="lease"} 0');
    expect(text).toContain('openclaw_managed_instances 0');
    expect(text).toContain('openclaw_caches_synced 1');
    expect(text).not.toContain('instance="alice"');
  });

  it('count the passes, requests and memos of a controller that runs', async () => {
    const metrics = new Metrics('lease');
    const { loop } = await World.start((api) => create(api), { meter: metrics.work });
    const text = await metrics.text(loop.state);
    expect(text).toMatch(/^openclaw_reconcile_total\{instance="alice",namespace="team-a",result="success"\} [1-9]/m);
    expect(text).toMatch(/^openclaw_memo_total\{memo="resolve",result="miss"\} 1$/m);
    expect(text).toMatch(/^openclaw_memo_total\{memo="render",result="miss"\} 1$/m);
    expect(text).toMatch(/^openclaw_render_duration_seconds_count 1$/m);
    expect(text).toMatch(/^workqueue_adds_total\{name="openclawinstance"\} [1-9]/m);
    expect(text).toMatch(/^openclaw_watch_restarts_total\{kind="apps\/v1\/StatefulSet",cause="relist"\} 0$/m);
  });

  it.each([
    ['ghcr.io/openclaw/openclaw:2026.2.26', '2026.2.26'],
    ['registry:5000/openclaw', 'latest'],
    ['openclaw@sha256:ab', 'sha256:ab'],
    ['registry:5000/openclaw:1@sha256:ab', 'sha256:ab'],
  ])('the version of %s is %s', (image, version) => {
    expect(versionOf(image)).toBe(version);
  });
});

describe('the server of the metrics', () => {
  let server: Server;
  beforeAll(async () => {
    server = await serveMetrics(filled(), () => stateWith(), 0, '127.0.0.1');
  });
  afterAll(() => {
    server.close();
  });
  const ask = async (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { method });

  it('answers GET /metrics in the text format of Prometheus', async () => {
    const answer = await ask('/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('rest_client_requests_total{code="200",method="PATCH"} 1');
  });

  it('answers nothing else', async () => {
    const answers = [await ask('/'), await ask('/metrics', 'POST'), await ask('/metrics/x')];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});
