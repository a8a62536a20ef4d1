import type { Hosts } from '../../hosts/hosts';
import type { Env, Mount } from '../../hosts/container';
import type { JobContainer } from '../../hosts/jobs';
import type { ContainerHardening } from '../../wire/security-context';
import { dataClaimName } from '../../core/storage';
import type { Instance } from '../../spec/instance';
import { asset } from '../../wire/assets';
import { imageReference } from '../../wire/image';
import { objectNames, paths, volumes } from '../../wire/names';

/** 1.68 is what the reference operator runs; copies of it are read and written alike. */
const IMAGE = 'docker.io/rclone/rclone:1.68';

const DATA = '/data';
const SNAPSHOT = '/snapshot';
const SNAPSHOT_VOLUME = 'snapshot';
const CONTAINER = 'rclone';

/** What transfer.sh ends with where the volume is empty: another try would find the same. */
export const NOTHING_TO_COPY = 42;

const SECONDS_OF_AN_HOUR = 3600;

/** Keys of the Secret of the bucket that it must have. */
export const requiredKeys = ['S3_ENDPOINT', 'S3_BUCKET'] as const;

/** The remote `bucket` of rclone, which reads it from the environment: arguments can be read in the list of processes. */
const REMOTE: readonly Env[] = [
  { name: 'RCLONE_CONFIG', value: '/notfound' },
  { name: 'RCLONE_CONFIG_BUCKET_TYPE', value: 's3' },
  // Without keys those of the ServiceAccount are looked for.
  { name: 'RCLONE_CONFIG_BUCKET_ENV_AUTH', value: 'true' },
  // Keys that may write need not be allowed to make buckets.
  { name: 'RCLONE_CONFIG_BUCKET_NO_CHECK_BUCKET', value: 'true' },
];

/** What of it comes from the Secret. Both halves of a key pair are missing where the ServiceAccount has an identity at the cloud. */
const OPTIONAL_KEYS = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'REGION', 'PROVIDER'] as const;

/** One copy of the volume, to the bucket or from it. */
export type Transfer =
  /** The schedule's: the newest state in `latest`, a snapshot a day beside it. */
  | { readonly kind: 'periodic' }
  /** One copy to a path in the bucket, or from it; see `TransferRequest`. */
  | { readonly kind: 'backup' | 'restore'; readonly path: string; readonly isHot?: boolean; readonly aside?: string };

/** What a Job for a transfer is called, and what its label says. */
export interface TransferJob {
  readonly transfer: Transfer;
  /** `backup`, `restore`, `pre-update-backup`, `rollback-restore` or `periodic-backup`. */
  readonly jobType: string;
}

/** The claim that is copied: with a claim for each replica that of the first. `undefined` without persistence. */
export function copiedClaim({ workload }: Hosts, instance: Instance): string | undefined {
  const claim = dataClaimName(instance);
  return claim !== undefined && workload.hasClaimTemplate(volumes.data) ? `${volumes.data}-${instance.name}-0` : claim;
}

function environment({ name, spec }: Instance, transfer: Transfer): Env[] {
  const secret = objectNames.s3Credentials(name);
  const fromSecret = (variable: string, key: string, optional = false): Env => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: secret, key, ...(optional && { optional }) } },
  });
  const own: Env[] =
    transfer.kind === 'periodic'
      ? [
          { name: 'INSTANCE', value: name },
          { name: 'NAMESPACE', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } } },
          { name: 'RETENTION_DAYS', value: String(spec.backup.retentionDays) },
        ]
      : [
          { name: 'TRANSFER_PATH', value: transfer.path },
          ...(transfer.isHot ? [{ name: 'HOT', value: 'true' }] : []),
          ...(transfer.aside === undefined ? [] : [{ name: 'ASIDE_PATH', value: transfer.aside }]),
        ];
  return [
    { name: 'TRANSFER', value: transfer.kind },
    ...own,
    ...REMOTE,
    fromSecret('S3_BUCKET', 'S3_BUCKET'),
    fromSecret('RCLONE_CONFIG_BUCKET_ENDPOINT', 'S3_ENDPOINT'),
    ...OPTIONAL_KEYS.map((key) => fromSecret(`RCLONE_CONFIG_BUCKET_${key}`, `S3_${key}`, true)),
  ];
}

/**
 * Where the pod has to run so that it gets the volume: a claim of one node is free only there. Required while the agent runs; a claim whose
 * modes we do not know, and an agent that is not there, make it a wish (T-L12).
 */
function affinity({ workload }: Hosts, { name, spec }: Instance, isHot: boolean): object {
  const { accessModes, existingClaim } = spec.storage.persistence;
  const term = {
    labelSelector: { matchLabels: { 'app.kubernetes.io/instance': name, 'app.kubernetes.io/name': 'openclaw' } },
    topologyKey: 'kubernetes.io/hostname',
  };
  const nodeAffinity = spec.availability.affinity?.nodeAffinity;
  const isKnown = existingClaim === undefined || workload.hasClaimTemplate(volumes.data);
  const isShared = isKnown && accessModes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
  const isRequired = isHot && isKnown && !isShared && workload.replicas !== 0;
  const podAffinity = isRequired
    ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
  return { ...(nodeAffinity && { nodeAffinity }), ...(!isShared && { podAffinity }) };
}

/** Another try would find the volume as empty as this one. */
const ENDS_AT_ONCE = {
  rules: [{ action: 'FailJob', onExitCodes: { containerName: CONTAINER, operator: 'In', values: [NOTHING_TO_COPY] } }],
};

/** While the agent writes its databases, SQLite copies them: the image of the agent has it, and is on the node. */
function databases({ spec }: Instance, hardening: ContainerHardening, volumeMounts: readonly Mount[]): JobContainer {
  return {
    name: 'databases',
    image: imageReference(spec.image, undefined),
    imagePullPolicy: spec.image.pullPolicy,
    command: [paths.node, '--input-type=module', '-e', asset(__dirname, 'snapshot-databases.mjs'), '--', DATA, SNAPSHOT],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    hardening,
    volumeMounts,
  };
}

/**
 * The spec of the Job of a transfer, in wire form; the one builder of all of them. Call it at synthesis.
 *
 * @throws Error for an instance without persistence: ask {@link copiedClaim} first
 */
export function transferJobSpec(hosts: Hosts, instance: Instance, { transfer, jobType }: TransferJob): object {
  const claimName = copiedClaim(hosts, instance);
  if (claimName === undefined) throw new Error(`${instance.name} has no persistence: there is nothing to copy`);
  const { backup, security } = instance.spec;
  const { podSecurityContext: pod, containerSecurityContext: own } = security;
  const isHot = transfer.kind === 'periodic' || transfer.isHot === true;
  // The agent's own user: what a restore writes has to belong to it.
  const hardening = {
    runAsNonRoot: own.runAsNonRoot ?? pod.runAsNonRoot,
    ...(own.runAsUser !== undefined && { runAsUser: own.runAsUser }),
  };
  // Writable, or the kubelet gives the group no right to read it, and some storages refuse a second mount.
  const mounts = [{ name: volumes.data, mountPath: DATA }, ...(isHot ? [{ name: SNAPSHOT_VOLUME, mountPath: SNAPSHOT }] : [])];
  return {
    backoffLimit: 3,
    activeDeadlineSeconds: SECONDS_OF_AN_HOUR,
    ttlSecondsAfterFinished: 24 * SECONDS_OF_AN_HOUR,
    ...(transfer.kind !== 'periodic' && { podFailurePolicy: ENDS_AT_ONCE }),
    template: hosts.jobs.podTemplate({
      jobType,
      restartPolicy: transfer.kind === 'periodic' ? 'OnFailure' : 'Never',
      serviceAccountName: backup.serviceAccountName,
      affinity: affinity(hosts, instance, isHot),
      initContainers: isHot ? [databases(instance, hardening, mounts)] : [],
      containers: [
        {
          name: CONTAINER,
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          // The text itself and no file of a ConfigMap: a Job outlives the objects of its instance, and may come before them.
          command: ['/bin/sh', '-c', asset(__dirname, 'transfer.sh')],
          env: environment(instance, transfer),
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '512Mi' } },
          hardening,
          volumeMounts: mounts,
        },
      ],
      volumes: [{ name: volumes.data, persistentVolumeClaim: { claimName } }, ...(isHot ? [{ name: SNAPSHOT_VOLUME, emptyDir: {} }] : [])],
    }),
  };
}
