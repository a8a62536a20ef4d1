import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { controllerAlerts } from '../../controller/install/monitoring';
import { ROOT } from '../docs/pages';

const NAMESPACE = 'openclaw-system';
const missing = spawnSync('promtool', ['--version']).error ? 'promtool is not installed (Debian package prometheus)' : undefined;

const folder = mkdtempSync(join(tmpdir(), 'openclaw-controller-alerts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rules = controllerAlerts(NAMESPACE) as { readonly alert: string }[];

/** A series and its values, one a minute. */
type Series = readonly [series: string, values: string];

const leads = (pod: string): string =>
  `leader_election_master_status{namespace="${NAMESPACE}",name="openclaw-operator.openclaw.rocks",pod="${pod}"}`;
const silent = (kind: string, namespace = NAMESPACE): string =>
  `openclaw_watch_last_event_age_seconds{namespace="${namespace}",kind="${kind}",pod="a"}`;

/** When the certificate of a pod ends; the tests begin in 1970. */
const ends = (pod: string, namespace = NAMESPACE): string =>
  `openclaw_webhook_certificate_expiration_timestamp_seconds{namespace="${namespace}",pod="${pod}"}`;

/** Whether the alert fires after an hour and a quarter. */
function fires(alert: string, series: readonly Series[]): boolean {
  const rulesFile = join(folder, 'rules.yaml');
  writeFileSync(rulesFile, stringify({ groups: [{ name: 'controller', rules }] }));
  const input = series.map(([name, values]) => ({ series: name, values }));
  // That none fires is what promtool compares with: it fails where one does, and says which.
  const tests = [{ interval: '1m', input_series: input, alert_rule_test: [{ eval_time: '75m', alertname: alert, exp_alerts: [] }] }];
  const file = join(folder, 'test.yaml');
  writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests }));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
  const output = stdout + stderr;
  if (status !== 0 && !output.includes(`alertname: ${alert}`) && !output.includes(`alertname="${alert}"`)) throw new Error(output);
  return status !== 0;
}

const CASES: readonly (readonly [title: string, alert: string, series: readonly Series[], expected: boolean])[] = [
  ['nobody tells anything', 'OpenClawControllerNotLeading', [], true],
  [
    'two wait and nobody leads',
    'OpenClawControllerNotLeading',
    [
      [leads('a'), '0x90'],
      [leads('b'), '0x90'],
    ],
    true,
  ],
  [
    'one of two leads',
    'OpenClawControllerNotLeading',
    [
      [leads('a'), '0x90'],
      [leads('b'), '1x90'],
    ],
    false,
  ],
  [
    'the lead changes hands',
    'OpenClawControllerNotLeading',
    [
      [leads('a'), '1x10 0x80'],
      [leads('b'), '0x12 1x78'],
    ],
    false,
  ],
  ['a watch is silent', 'OpenClawControllerNotWatching', [[silent('v1/Secret'), '0+60x90']], true],
  ['another controller is silent', 'OpenClawControllerNotWatching', [[silent('v1/Secret', 'other'), '0+60x90']], false],
  [
    'a certificate ends in six days',
    'OpenClawWebhookCertificateEnding',
    [
      [ends('a'), '518400x90'],
      [ends('b'), '9000000x90'],
    ],
    true,
  ],
  ['a certificate of another controller ends', 'OpenClawWebhookCertificateEnding', [[ends('a', 'other'), '518400x90']], false],
  ['certificates end in months, and one replica shows none', 'OpenClawWebhookCertificateEnding', [[ends('a'), '9000000x90']], false],
  ['a watch hears something each minute', 'OpenClawControllerNotWatching', [[silent('v1/Secret'), '50x90']], false],
];

describe('alerts of the controller', () => {
  it.each(rules.map(({ alert }) => [alert]))('%s has a page', (alert) => {
    expect(existsSync(join(ROOT, 'docs/runbooks', `${alert}.md`))).toBe(true);
  });
});

(missing === undefined ? describe : describe.skip)(
  `alerts of the controller in a real Prometheus${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    it.each(CASES)('%s: %s', (_title, alert, series, expected) => {
      expect(fires(alert, series)).toBe(expected);
    });
  },
);
