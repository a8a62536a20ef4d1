import type { InstanceLoopOptions } from '../../../controller/process/instance-loop';
import type { KubeObject } from '../../../controller/objects/objects';
import { imageOf } from '../../../controller/objects/workload-image';
import { commonLabels } from '../../../constructs/wire/names';
import type { Modifier } from '../../builders';
import type { FakeApi } from '../fake-api';
import { OWN_NAMESPACE, World, create } from '../world';

/** What becomes of Jobs. */
export type JobEnd = 'succeeds' | 'fails' | 'hangs' | 'finds nothing';

/** The Secret with the bucket of all instances. */
export function seedBucket(api: FakeApi, data: Readonly<Record<string, string>> = BUCKET, namespace = OWN_NAMESPACE): void {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  api.seed({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's3-backup-credentials', namespace }, data: Object.fromEntries(encoded) });
}

export const BUCKET = {
  S3_ENDPOINT: 'https://s3.example.com',
  S3_BUCKET: 'copies',
  S3_ACCESS_KEY_ID: 'key-id',
  S3_SECRET_ACCESS_KEY: 'key-value',
} as const;

/** A cluster with an instance whose pods follow their StatefulSet and whose Jobs end as a test says. */
export class CopyStory {
  public jobs: JobEnd = 'succeeds';
  /** Tags of the agent's image whose pods never become ready. */
  public readonly broken = new Set<string>();
  /** Tags whose pods get ready, crash at once, and begin again. */
  public readonly crashing = new Set<string>();
  /** Jobs that were made, by name, once for each that was new. */
  public readonly made: string[] = [];
  /** What stood in the cluster when a Job was made. */
  public readonly replicasAtJob: (number | undefined)[] = [];
  private readonly seen = new Set<string>();

  private constructor(
    public world: World,
    private readonly options: Partial<InstanceLoopOptions>,
  ) {}

  /** An instance that runs. */
  public static async running(
    modifiers: readonly Modifier[] = [],
    prepare: (api: FakeApi) => void = seedBucket,
    options: Partial<InstanceLoopOptions> = {},
  ): Promise<CopyStory> {
    const story = await CopyStory.begun(modifiers, prepare, options);
    await story.turns(4);
    return story;
  }

  /** An instance that was just made. */
  public static async begun(
    modifiers: readonly Modifier[] = [],
    prepare: (api: FakeApi) => void = seedBucket,
    options: Partial<InstanceLoopOptions> = {},
  ): Promise<CopyStory> {
    const world = await World.start((api) => {
      prepare(api);
      create(api, ...modifiers);
    }, options);
    return new CopyStory(world, options);
  }

  public get api(): FakeApi {
    return this.world.api;
  }

  public get isGone(): boolean {
    return this.api.find('OpenClawInstance', 'alice') === undefined;
  }

  public get replicas(): number | undefined {
    return (this.api.find('StatefulSet', 'alice')?.['spec'] as { replicas?: number } | undefined)?.replicas;
  }

  /** Of the image that the pods are to run. */
  public get tag(): string | undefined {
    return imageOf(this.api.find('StatefulSet', 'alice'))?.split(':').at(-1);
  }

  public job(): KubeObject | undefined {
    return this.api.all('Job')[0];
  }

  /** What the cluster's own controllers do meanwhile, and a minute. */
  public async turns(count: number, minutes = 1): Promise<void> {
    for (let turn = 0; turn < count; turn += 1) {
      this.noteJobs();
      this.follow();
      await this.world.settle();
      this.noteJobs();
      await this.world.clock.advance(minutes * 60_000);
      await this.world.settle();
      this.noteJobs();
    }
  }

  private follow(): void {
    const workload = this.api.find('StatefulSet', 'alice');
    if (workload) {
      const replicas = this.replicas ?? 1;
      const { generation = 1 } = workload.metadata;
      const readyReplicas = this.broken.has(this.tag ?? '') ? 0 : replicas;
      this.followPod(readyReplicas);
      const status = { observedGeneration: generation, replicas, readyReplicas, updatedReplicas: replicas };
      this.api.edit('StatefulSet', 'alice', { status }, 'statefulset-controller');
    }
    const claim = this.api.find('PersistentVolumeClaim', 'alice-data');
    if (claim) this.api.edit('PersistentVolumeClaim', 'alice-data', { status: { phase: 'Bound' } }, 'binder');
    for (const { metadata, status } of this.api.all('Job') as (KubeObject & { status?: object })[]) {
      if (this.jobs === 'hangs' || status !== undefined) continue;
      const type = this.jobs === 'succeeds' ? 'Complete' : 'Failed';
      const lastTransitionTime = this.world.clock.now().toISOString();
      const conditions = [
        {
          type,
          status: 'True',
          reason: this.jobs === 'finds nothing' ? 'PodFailurePolicy' : 'BackoffLimitExceeded',
          message: 'Job has reached its limit',
          lastTransitionTime,
        },
      ];
      this.api.edit(
        'Job',
        metadata.name,
        { status: { conditions, ...(type === 'Complete' && { completionTime: lastTransitionTime }) } },
        'job-controller',
      );
    }
  }

  /** The pod is there while anybody asks for it, and tells since when it is ready. */
  private followPod(ready: number): void {
    const live = this.api.find('Pod', 'alice-0');
    if (this.replicas === 0) {
      if (live) this.api.take('Pod', 'alice-0');
      return;
    }
    const { tag = '' } = this;
    const isSame = live?.metadata.annotations?.['tag'] === tag && !this.crashing.has(tag);
    const lastTransitionTime = this.world.clock.now().toISOString();
    const condition = { type: 'Ready', status: ready > 0 ? 'True' : 'False', lastTransitionTime };
    const metadata = { name: 'alice-0', namespace: 'team-a', labels: commonLabels('alice'), annotations: { tag } };
    if (live === undefined) this.api.seed({ apiVersion: 'v1', kind: 'Pod', metadata, status: { conditions: [condition] } });
    else if (!isSame)
      this.api.edit('Pod', 'alice-0', { metadata: { annotations: { tag } }, status: { conditions: [condition] } }, 'kubelet');
  }

  private noteJobs(): void {
    for (const { metadata } of this.api.all('Job')) {
      if (this.seen.has(metadata.uid ?? '')) continue;
      this.seen.add(metadata.uid ?? '');
      this.made.push(metadata.name);
      this.replicasAtJob.push(this.replicas);
    }
  }

  /** The controller is dead, and another one goes on. */
  public async succeed(): Promise<void> {
    this.world = await World.after(this.world, this.options);
  }

  public condition(type: string): string | undefined {
    return this.world.condition(type);
  }

  public events(reason: string): string[] {
    return this.api.events.filter((event) => event.startsWith(`${reason}: `));
  }
}

/** Writes `spec.restoreFrom`, or takes it out. */
export const ask = (story: CopyStory, restoreFrom: string | null): unknown =>
  story.api.edit('OpenClawInstance', 'alice', { spec: { restoreFrom } });

export const statusOf = (story: CopyStory) => story.world.instance.status ?? {};

/** What an administrator allows beyond the folder of a namespace. */
export const seedPolicy = (api: CopyStory['api'], policy: object): unknown =>
  api.seed({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'openclaw-policy', namespace: 'openclaw-system' },
    data: { 'policy.json': JSON.stringify(policy) },
  });
