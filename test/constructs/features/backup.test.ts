import { anInstance, refused, rendered, withCaBundle, withMistake, withSpec, withoutNamespace } from '../../builders';
import type { JsonObject } from '../../../constructs/spec/json';
import { scheduleFinding } from '../../../constructs/features/backup/schedule';
import { transferJobSpec } from '../../../constructs/features/backup/transfer';
import { createHosts } from '../../../constructs/hosts/hosts';
import type { OpenClawInstanceSpec } from '../../../constructs';
import { growth, LINEAR } from '../../growth';

/** Schedules of a length, written to make careless expressions walk back and forth. */
function schedules(length: number): string[] {
  return ['0,'.repeat(length / 2), '* '.repeat(length / 2), '@every '.padEnd(length, '1h'), `${'1-2,'.repeat(length / 4)}3 * * * *`];
}

type PodSpec = JsonObject & {
  readonly containers: readonly [JsonObject & { readonly env: readonly JsonObject[] }];
  readonly affinity: JsonObject;
};

const withBackup = (spec: OpenClawInstanceSpec = {}) => withSpec({ backup: { schedule: '0 2 * * *' }, ...spec });

function cronJob(spec: OpenClawInstanceSpec = {}) {
  return rendered(anInstance(withBackup(), withSpec(spec))).spec('CronJob', 'alice-backup-periodic') as JsonObject & {
    jobTemplate: { spec: JsonObject & { template: { metadata: { labels: object }; spec: PodSpec } } };
  };
}

const podOf = (spec?: OpenClawInstanceSpec): PodSpec => cronJob(spec).jobTemplate.spec.template.spec;

const OURS = { labelSelector: { matchLabels: { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/name': 'openclaw' } } };

describe('backup', () => {
  it('is absent without a schedule, an empty one included', () => {
    for (const schedule of [undefined, '']) {
      const view = rendered(anInstance(withMistake({ backup: { schedule } })));
      expect(JSON.stringify(view.manifests)).not.toContain('rclone');
    }
  });

  it('T71 says nothing of suspend, so that a schedule that a person suspended stays so', () => {
    const spec = rendered(anInstance(withSpec({ backup: { schedule: '@daily' } }))).spec('CronJob', 'alice-backup-periodic');
    expect(spec).toHaveProperty('schedule', '@daily');
    expect(spec).not.toHaveProperty('suspend');
  });

  it('T23 T-L6 does not let one stuck run hold up the others', () => {
    expect(cronJob()).toMatchObject({
      schedule: '0 2 * * *',
      timeZone: 'Etc/UTC',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec: { activeDeadlineSeconds: 3600, backoffLimit: 3, ttlSecondsAfterFinished: 86400 } },
    });
    expect(cronJob({ backup: { historyLimit: 0, failedHistoryLimit: 7 } })).toMatchObject({
      successfulJobsHistoryLimit: 0,
      failedJobsHistoryLimit: 7,
    });
  });

  it('T32 T11 T-L1 mounts the volume so that it can be written, and T-K5 the claim that is there', () => {
    const snapshot = { name: 'snapshot', emptyDir: {} };
    expect(podOf()['volumes']).toEqual([{ name: 'data', persistentVolumeClaim: { claimName: 'alice-data' } }, snapshot]);
    expect(podOf().containers[0]['volumeMounts']).toContainEqual({ name: 'data', mountPath: '/data' });
    expect(podOf({ storage: { persistence: { existingClaim: 'mine' } } })['volumes']).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'mine' } },
      snapshot,
    ]);
  });

  it('T12 T-L3 T-L4 names keys and region by their Secret and never has a value', () => {
    const fromSecret = podOf().containers[0].env.filter(({ valueFrom }) => JSON.stringify(valueFrom ?? {}).includes('secretKeyRef'));
    expect(fromSecret.map(({ name }) => name)).toEqual([
      'S3_BUCKET',
      'RCLONE_CONFIG_BUCKET_ENDPOINT',
      'RCLONE_CONFIG_BUCKET_ACCESS_KEY_ID',
      'RCLONE_CONFIG_BUCKET_SECRET_ACCESS_KEY',
      'RCLONE_CONFIG_BUCKET_REGION',
      'RCLONE_CONFIG_BUCKET_PROVIDER',
    ]);
    expect(fromSecret[0]).toEqual({ name: 'S3_BUCKET', valueFrom: { secretKeyRef: { name: 'alice-s3-credentials', key: 'S3_BUCKET' } } });
    expect(fromSecret[3]).toMatchObject({ valueFrom: { secretKeyRef: { key: 'S3_SECRET_ACCESS_KEY', optional: true } } });
    expect(rendered(anInstance(withBackup())).references).toContainEqual(
      expect.objectContaining({ kind: 'Secret', name: 'alice-s3-credentials', keys: ['S3_ENDPOINT', 'S3_BUCKET'] }),
    );
  });

  it('T19 T13 T-L5 runs where the agent may run, from the registry of the spec', () => {
    const tolerations = [{ key: 'a', operator: 'Exists' as const }];
    const pod = podOf({ registry: 'r.example.com', availability: { nodeSelector: { disk: 'fast' }, tolerations } });
    expect(pod).toMatchObject({ nodeSelector: { disk: 'fast' }, tolerations });
    expect(pod.containers[0]['image']).toBe('r.example.com/rclone/rclone:1.68');
  });

  it('T-L12 must run beside the agent only where one node has the claim and the agent runs', () => {
    const term = { ...OURS, topologyKey: 'kubernetes.io/hostname' };
    const wish = { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] } };
    expect(podOf().affinity).toEqual({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } });
    expect(podOf({ suspended: true }).affinity).toEqual(wish);
    expect(podOf({ storage: { persistence: { existingClaim: 'mine' } } }).affinity).toEqual(wish);
    expect(podOf({ storage: { persistence: { accessModes: ['ReadWriteMany'] } } }).affinity).toEqual({});
  });

  it('T-L12 C37 must run beside the agent for a hot copy, and not for one that the agent makes room for', () => {
    const { instance } = rendered(anInstance());
    const kinds = [true, false].map((isHot) => {
      const transfer = { kind: 'backup', path: 'backups/a/b/c', isHot } as const;
      const job = transferJobSpec(createHosts(instance), instance, { transfer, jobType: 'backup' }) as { template: { spec: PodSpec } };
      const { affinity, initContainers } = job.template.spec as PodSpec & { initContainers?: readonly object[] };
      return [Object.keys(affinity['podAffinity'] as object)[0]?.slice(0, 8), initContainers?.length ?? 0];
    });
    expect(kinds).toEqual([
      ['required', 1],
      ['preferre', 0],
    ]);
  });

  it('copies databases with the image of the agent, before the rest', () => {
    const pod = podOf({ registry: 'r.example.com/all', image: { repository: 'ghcr.io/me/agent', tag: '2026.9.6' } });
    expect(pod).toMatchObject({ initContainers: [{ name: 'databases', image: 'r.example.com/all/me/agent:2026.9.6' }] });
    expect(JSON.stringify(pod['initContainers'])).not.toContain('secretKeyRef');
  });

  it('keeps the nodes that the user names, and nothing of the affinity between pods of the agent', () => {
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: ['a'] }] }],
      },
    };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ ...OURS, topologyKey: 'kubernetes.io/hostname' }] };
    expect(podOf({ availability: { affinity: { nodeAffinity, podAntiAffinity } } }).affinity).toMatchObject({ nodeAffinity });
    expect(podOf({ availability: { affinity: { nodeAffinity, podAntiAffinity } } }).affinity).not.toHaveProperty('podAntiAffinity');
  });

  it('T-L16 T-J2 runs as the user of the agent, as hardened as everything of ours', () => {
    const pod = podOf({ security: { podSecurityContext: { runAsUser: 2000, fsGroup: 2000 } } });
    expect(pod['securityContext']).toMatchObject({ runAsUser: 2000, fsGroup: 2000, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.containers[0]['securityContext']).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
    });
    expect(pod).toMatchObject({ automountServiceAccountToken: false, restartPolicy: 'OnFailure' });
    expect(podOf({ backup: { serviceAccountName: 'writer' } })['serviceAccountName']).toBe('writer');
  });

  it('T-L17 is never taken for the agent by the Service or a budget', () => {
    const { labels } = cronJob().jobTemplate.spec.template.metadata;
    expect(labels).toEqual({
      'app.kubernetes.io/managed-by': 'openclaw-operator',
      'openclaw.rocks/instance': 'alice',
      'openclaw.rocks/job-type': 'periodic-backup',
      'openclaw.rocks/tenant': 'team-a',
    });
  });

  it('T-I5 knows the CA bundle', () => {
    const pod = rendered(anInstance(withBackup(), withCaBundle)).spec('CronJob', 'alice-backup-periodic');
    expect(JSON.stringify(pod)).toContain('custom-ca-bundle.crt');
  });

  it('T-L7 says how long snapshots are kept, and C35 takes the tenant from the namespace of the pod', () => {
    const { env } = podOf({ backup: { retentionDays: 30 } }).containers[0];
    expect(env).toContainEqual({ name: 'RETENTION_DAYS', value: '30' });
    expect(env).toContainEqual({ name: 'NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } });
    expect(rendered(anInstance(withBackup(), withoutNamespace)).has('CronJob', 'alice-backup-periodic')).toBe(true);
  });

  it('makes nothing without persistence, and says so', () => {
    const view = rendered(anInstance(withBackup(), withSpec({ storage: { persistence: { enabled: false } } })));
    expect(view.has('CronJob', 'alice-backup-periodic')).toBe(false);
    expect(view.warned('backup/no-persistence')).toHaveLength(1);
    expect(view.references.map(({ name }) => name)).not.toContain('alice-s3-credentials');
  });

  it('T-K5 copies the claim of the first replica where each has its own', () => {
    const { instance } = rendered(anInstance(withBackup()));
    const hosts = createHosts(instance);
    hosts.workload.addClaimTemplate('test', { metadata: { name: 'data' }, spec: {} });
    const job = transferJobSpec(hosts, instance, { transfer: { kind: 'backup', path: 'backups/a/b/c' }, jobType: 'backup' });
    expect(JSON.stringify(job)).toContain('"claimName":"data-alice-0"');
  });

  it('builds Jobs of one copy by the same hand', () => {
    const { instance } = rendered(anInstance());
    const job = transferJobSpec(createHosts(instance), instance, {
      transfer: { kind: 'restore', path: 'backups/a/b/c' },
      jobType: 'restore',
    });
    expect(job).toMatchObject({
      activeDeadlineSeconds: 3600,
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { containerName: 'rclone', values: [42] } }] },
      template: { metadata: { labels: { 'openclaw.rocks/job-type': 'restore' } }, spec: { containers: [{ name: 'rclone' }] } },
    });
    expect(JSON.stringify(job)).toContain('{"name":"TRANSFER_PATH","value":"backups/a/b/c"}');
  });
});

/** What a real API server (1.36) says to each, by a dry run. */
const ACCEPTED = [
  '0 2 * * *',
  '  0  2 * * *',
  '*/90 * * * *',
  '0/5 * * * *',
  '? ? * * *',
  '0 0 * * SUN',
  '0 0 * * sun-mon',
  '0 0 1 JAN *',
  '0 0 * MAR,jul WED',
  '@daily',
  '@midnight',
  '@every 1h30m',
];
const REFUSED = [
  '0 0 2 * * *',
  '* * * *',
  '0 0 * * 7',
  '0 0 * * 5-7',
  '0 0 L * *',
  '0 0 * * 5L',
  '0 0 * * 5#2',
  'H 2 * * *',
  '0 0 15W * *',
  '@weekdays',
  '@reboot',
  '@every day',
  '@every 1h30x',
  '60 * * * *',
  '*/0 * * * *',
  '5-1 * * * *',
  'a b c d e',
  'TZ=UTC 0 2 * * *',
  'CRON_TZ=UTC 0 2 * * *',
  '@hourly; rm',
];

describe('the schedule of a backup', () => {
  it.each(ACCEPTED)('%j is one of the CronJob controller', (schedule) => {
    expect(scheduleFinding(schedule)).toBeUndefined();
  });

  it.each(REFUSED)('T70 %j is refused before the API server does', (schedule) => {
    const issues = refused(anInstance(withSpec({ backup: { schedule } })));
    expect(issues).toContainEqual(expect.objectContaining({ path: 'spec.backup.schedule', rule: 'backup/schedule', severity: 'error' }));
  });

  it.each(['0 0 31 2 *', '0 0 30 2 *', '0 0 31 4 *'])('%j never comes, which the API server does not mind', (schedule) => {
    expect(rendered(anInstance(withSpec({ backup: { schedule } }))).warned('backup/schedule')).toHaveLength(1);
  });

  it('T-K5 T-L7 is read in no time, whatever its text', () => {
    // What the schema lets through is shorter: 256 characters.
    expect(growth((length) => schedules(length).forEach(scheduleFinding), 20_000)).toBeLessThan(LINEAR);
  });
});
