import type { ApiRequest } from '../../../../controller/api/port';
import type { KubeObject } from '../../../../controller/objects/objects';
import type { CopyStory } from '../copy-story';

interface JobFields {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env: readonly { name: string; value?: string }[] }[] } };
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
}

/** `backup`, `restore` and so on, of a Job's name. */
export function typeOf(name: string): string {
  return name.replace(/^alice-/, '').replace(/-[a-z0-9]+$/, '');
}

function variable(job: KubeObject, wanted: string): string | undefined {
  const [container] = (job as unknown as JobFields).spec.template.spec.containers;
  return container?.env.find(({ name }) => name === wanted)?.value;
}

function endOf(job: KubeObject): string | undefined {
  return (job as unknown as JobFields).status?.conditions?.at(0)?.type;
}

/**
 * Looks at every write that the server carries out, and says what must never be: two Jobs at one volume, one that ran to its end and runs again, a restore
 * under pods, a restore that puts aside what was there in another place, data that goes before it was copied, a release that is applied before the copy.
 */
export class Witness {
  public readonly findings = new Set<string>();
  private readonly done = new Set<string>();
  private readonly asides = new Map<string, string | undefined>();

  /** @param wantsCopy a release may be applied only after a copy */
  public constructor(
    private readonly story: CopyStory,
    private readonly wantsCopy = false,
  ) {
    story.api.onDone = (request) => this.look(request);
  }

  /** Types of the Jobs that ran to their end, each as often as it did, in their order. */
  public get ran(): string[] {
    return [...this.done].map(typeOf);
  }

  /** What the cluster has by now; to be called whenever something of it moved. */
  public note(): void {
    for (const job of this.jobs) if (endOf(job) === 'Complete') this.done.add(job.metadata.name);
  }

  private get jobs(): KubeObject[] {
    return this.story.api.all('Job');
  }

  private get unfinished(): KubeObject[] {
    return this.jobs.filter((job) => endOf(job) === undefined);
  }

  private look({ method, path, body }: ApiRequest): void {
    this.note();
    if (method === 'POST' && path.endsWith('/jobs')) this.lookAtJob(body as KubeObject);
    if (method === 'DELETE' && path.includes('/persistentvolumeclaims/')) this.lookAtLoss('the claim went');
    if (method === 'PATCH' && path.endsWith('/openclawinstances/alice') && this.story.isGone) this.lookAtLoss('the instance went');
    const isRestoring = this.unfinished.some((job) => variable(job, 'TRANSFER') === 'restore');
    if (isRestoring && this.story.replicas !== 0) this.findings.add('pods are asked for while a restore runs');
    const isNew = this.story.tag === '2026.9.7' && !this.ran.includes('pre-update-backup');
    if (this.wantsCopy && isNew) this.findings.add('a release was applied before the copy');
  }

  private lookAtJob(job: KubeObject): void {
    const { name } = job.metadata;
    if (this.unfinished.length > 1) this.findings.add(`Job ${typeOf(name)} was made beside another one`);
    if (this.done.has(name)) this.findings.add(`Job ${typeOf(name)} ran again`);
    if (variable(job, 'TRANSFER') !== 'restore') return;
    const { status = {} } = (this.story.api.find('StatefulSet', 'alice') ?? {}) as { status?: { replicas?: number } };
    const isHeld = this.story.replicas !== 0 || (status.replicas ?? 0) > 0 || this.story.api.find('Pod', 'alice-0') !== undefined;
    if (isHeld) this.findings.add('a restore was begun under pods');
    const aside = variable(job, 'ASIDE_PATH');
    const before = this.asides.get(name) ?? aside;
    if (aside === undefined || aside !== before) this.findings.add('what was on the volume is put aside in two places');
    this.asides.set(name, aside);
  }

  private lookAtLoss(what: string): void {
    if (!this.ran.includes('backup')) this.findings.add(`${what} before the data was copied`);
  }
}
