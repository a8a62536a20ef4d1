import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { anInstance, rendered, withSpec } from '../builders';

/** Why the tests are skipped, or undefined. */
const missing = spawnSync('promtool', ['--version']).error ? 'promtool is not installed (Debian package prometheus)' : undefined;

const folder = mkdtempSync(join(tmpdir(), 'openclaw-alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The groups of `alice` in `team-a`, as a file that Prometheus reads. */
function rulesFile(): string {
  const view = rendered(anInstance(withSpec({ observability: { metrics: { prometheusRule: { enabled: true } } } })));
  const file = join(folder, 'rules.yaml');
  writeFileSync(file, stringify(view.spec('PrometheusRule', 'alice-alerts')));
  return file;
}

function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

/** A series and its values, one a minute: `0+1x30` counts up, `1x30` stays. */
type Series = readonly [series: string, values: string];

interface Case {
  readonly alert: string;
  /** With these it fires at {@link at}. */
  readonly bad: readonly Series[];
  /** With these it does not. */
  readonly good: readonly Series[];
  /** Minutes. */
  readonly at: number;
  /** Minutes at which it does not fire yet. */
  readonly pending?: number;
}

const OWN = 'instance="alice",namespace="team-a"';
const OTHERS = ['instance="bob",namespace="team-a"', 'instance="alice",namespace="team-b"'];
const AGENT = 'namespace="team-a",pod="alice-0",container="openclaw"';

/** Passes of a minute each: all of them within `seconds`. */
function passes(labels: string, seconds: number): Series[] {
  return [1, 10, 30, 60, 120, Infinity].map((bucket) => {
    const le = bucket === Infinity ? '+Inf' : String(bucket);
    return [`openclaw_reconcile_duration_seconds_bucket{${labels},le="${le}"}`, bucket >= seconds ? '0+1x60' : '0x60'];
  });
}

function volume(claim: string, used: number): Series[] {
  const labels = `namespace="team-a",persistentvolumeclaim="${claim}"`;
  return [
    [`kubelet_volume_stats_used_bytes{${labels}}`, `${used}x60`],
    [`kubelet_volume_stats_capacity_bytes{${labels}}`, '100x60'],
  ];
}

const CASES: readonly Case[] = [
  {
    alert: 'OpenClawReconcileErrors',
    bad: [[`openclaw_reconcile_total{${OWN},result="error"}`, '0+1x60']],
    good: [
      [`openclaw_reconcile_total{${OWN},result="error"}`, '7x60'],
      [`openclaw_reconcile_total{${OWN},result="success"}`, '0+1x60'],
      ...OTHERS.map((other): Series => [`openclaw_reconcile_total{${other},result="error"}`, '0+1x60']),
    ],
    at: 20,
    pending: 4,
  },
  {
    alert: 'OpenClawInstanceDegraded',
    bad: [[`openclaw_instance_phase{${OWN},phase="Degraded"}`, '1x60']],
    good: [
      [`openclaw_instance_phase{${OWN},phase="Degraded"}`, '0x60'],
      [`openclaw_instance_phase{${OWN},phase="Running"}`, '1x60'],
      ...OTHERS.map((other): Series => [`openclaw_instance_phase{${other},phase="Failed"}`, '1x60']),
    ],
    at: 10,
    pending: 4,
  },
  { alert: 'OpenClawSlowReconciliation', bad: passes(OWN, 60), good: [...passes(OWN, 10), ...passes(OTHERS[0]!, 120)], at: 20, pending: 4 },
  {
    alert: 'OpenClawAutoUpdateRollback',
    // The first rollback: the counter begins at one.
    bad: [[`openclaw_autoupdate_rollbacks_total{${OWN}}`, '_x30 1x60']],
    good: OTHERS.map((other) => [`openclaw_autoupdate_rollbacks_total{${other}}`, '_x30 1x60']),
    at: 40,
    pending: 20,
  },
  {
    alert: 'OpenClawPodCrashLooping',
    bad: [[`kube_pod_container_status_restarts_total{${AGENT}}`, '0+1x60']],
    good: [
      [`kube_pod_container_status_restarts_total{${AGENT}}`, '0x20 1x40'],
      ['kube_pod_container_status_restarts_total{namespace="team-a",pod="alice-two-0",container="openclaw"}', '0+1x60'],
      ['kube_pod_container_status_restarts_total{namespace="team-a",pod="alice-0",container="chromium"}', '0+1x60'],
    ],
    at: 15,
  },
  {
    alert: 'OpenClawPodOOMKilled',
    bad: [[`kube_pod_container_status_last_terminated_reason{${AGENT},reason="OOMKilled"}`, '1x60']],
    good: [
      [`kube_pod_container_status_last_terminated_reason{${AGENT},reason="Completed"}`, '1x60'],
      [`kube_pod_container_status_last_terminated_reason{${AGENT},reason="OOMKilled"}`, '0x60'],
    ],
    at: 2,
  },
  {
    alert: 'OpenClawPVCNearlyFull',
    bad: volume('alice-data', 81),
    good: [...volume('alice-data', 80), ...volume('bob-data', 99)],
    at: 10,
    pending: 4,
  },
];

const firing = (alert: string, minutes: number, is: boolean) => ({
  expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
  eval_time: `${minutes}m`,
  exp_samples: is ? [{ labels: '{}', value: 1 }] : [],
});

/** What promtool says to the rules under these series. */
function judge(series: readonly Series[], expected: readonly object[]): { readonly status: number | null; readonly output: string } {
  const file = join(folder, 'test.yaml');
  const input = series.map(([name, values]) => ({ series: name, values }));
  writeFileSync(
    file,
    stringify({
      rule_files: [rulesFile()],
      evaluation_interval: '1m',
      tests: [{ interval: '1m', input_series: input, promql_expr_test: expected }],
    }),
  );
  return promtool('test', 'rules', file);
}

(missing === undefined ? describe : describe.skip)(`alerts in a real Prometheus${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('are read', () => {
    const { status, output } = promtool('check', 'rules', rulesFile());
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining(`${CASES.length} rules found`) });
  });

  it.each(CASES)('T-O6 T-O7 $alert fires, after its time', ({ alert, bad, at, pending }) => {
    const early = pending === undefined ? [] : [firing(alert, pending, false)];
    const { output, status } = judge(bad, [...early, firing(alert, at, true)]);
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  it.each(CASES)('$alert is silent about what is right, and about others', ({ alert, good, at }) => {
    const { output, status } = judge(good, [firing(alert, at, false), firing(alert, 60, false)]);
    expect({ status, output }).toMatchObject({ status: 0 });
  });

  it.each(['operator', 'instance'])('every query of the dashboard %s is read', (which) => {
    const view = rendered(anInstance(withSpec({ observability: { metrics: { grafanaDashboard: { enabled: true } } } })));
    const queries = view.text(`alice-dashboard-${which}`, `openclaw-${which}.json`).matchAll(/"expr": (".*")/g);
    const rules = [...queries].map(([, text = '""'], index) => ({ record: `query:${index}`, expr: JSON.parse(text) as string }));
    const file = join(folder, `${which}.yaml`);
    writeFileSync(file, stringify({ groups: [{ name: which, rules }] }));
    const { status, output } = promtool('check', 'rules', file);
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining(`${rules.length} rules found`) });
    expect(rules.length).toBeGreaterThan(12);
  });

  it('would be found out here if it were the other way round', () => {
    const [first] = CASES;
    expect(judge(first!.good, [firing(first!.alert, first!.at, true)]).status).not.toBe(0);
  });
});
