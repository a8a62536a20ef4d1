import { setTimeout as delay } from 'node:timers/promises';
import { condition, instance } from '../../cluster/controller/instances';
import { ok, type Api, type KubeObject } from '../../cluster/api';
import { createNamespace } from '../../cluster/namespaces';
import { patient } from '../../patience/patience.cjs';

/** The shapes that can be asked for: the least that one can write, and one with what a small team switches on. */
export const shapes = {
  minimal: () => ({}),
  suspended: () => ({ suspended: true }),
  team: (name: string) => ({
    workspace: { initialFiles: { 'AGENTS.md': 'Answer briefly and cite the file.\n'.repeat(100) } },
    config: { raw: { agents: { list: [{ id: 'main' }] } } },
    env: Array.from({ length: 10 }, (_, index) => ({ name: `TEAM_${index}`, value: `${name}-${index}` })),
    networking: {
      ingress: {
        enabled: true,
        className: 'traefik',
        hosts: [{ host: `${name}.example.com` }],
        security: { basicAuth: { enabled: true } },
      },
    },
  }),
} as const;

export type Shape = keyof typeof shapes;

/** Instances of one shape, spread over namespaces of their own. */
export class Fleet {
  private constructor(
    private readonly api: Api,
    public readonly namespaces: readonly string[],
    private readonly names: readonly string[],
    private readonly shape: Shape,
  ) {}

  public static async prepare(api: Api, count: number, shape: Shape, spread = Math.min(10, count)): Promise<Fleet> {
    const namespaces = await Promise.all(Array.from({ length: spread }, () => createNamespace(api)));
    const names = Array.from({ length: count }, (_, index) => `agent-${index}`);
    return new Fleet(api, namespaces, names, shape);
  }

  public get size(): number {
    return this.names.length;
  }

  /** Writes instances as a user would. @param note changes the pods where it differs from the last one */
  public async write(note: string, howMany = this.size): Promise<void> {
    await Promise.all(this.instances(note, howMany).map(async (one) => ok(await this.api.apply(one))));
  }

  /** Instances as a user would write them. */
  public instances(note: string, howMany = this.size): KubeObject[] {
    return this.names.slice(0, howMany).map((name, index) => {
      const spec = { ...shapes[this.shape](name), podAnnotations: { 'example.com/note': note } };
      const one = instance(this.namespaces[index % this.namespaces.length] ?? '', name, spec);
      // All of them end at once, and that is meant.
      return { ...one, metadata: { ...one.metadata, annotations: { 'openclaw.rocks/confirm-deletion': 'true' } } };
    });
  }

  public async delete(): Promise<void> {
    await Promise.all(this.instances('').map((one) => this.api.delete(one)));
  }

  /** How many of them have a status that speaks of the spec as it stands. */
  public async delivered(): Promise<number> {
    const live = await this.live();
    return live.filter((one) => one['status']?.observedGeneration === one.metadata.generation).length;
  }

  public async untilSuspended(timeoutMs: number): Promise<void> {
    await this.wait('all to be suspended', timeoutMs, (live) => live.length === this.size && live.every(isSuspended));
  }

  /** Waits until each is Ready, or suspended where its shape is. */
  public async atRest(timeoutMs: number): Promise<void> {
    await (this.shape === 'suspended' ? this.untilSuspended(timeoutMs) : this.until('Ready', timeoutMs));
  }

  /** Waits until each instance's condition is true for the spec as it stands. */
  public async until(type: string, timeoutMs: number): Promise<void> {
    await this.wait(`condition ${type}`, timeoutMs, (live) => live.length === this.size && live.every((one) => holds(one, type)));
  }

  public async untilGone(timeoutMs: number): Promise<void> {
    await this.wait('the end of all', timeoutMs, (live) => live.length === 0);
  }

  private async live(): Promise<readonly KubeObject[]> {
    const all = await this.api.list('openclaw.rocks/v1alpha1', 'OpenClawInstance', undefined, { resourceVersion: '0' });
    return all.filter(({ metadata: { namespace = '' } }) => this.namespaces.includes(namespace));
  }

  /** From the server's cache, rarely: looking must not be what is measured. */
  private async wait(what: string, timeoutMs: number, isReached: (live: readonly KubeObject[]) => boolean): Promise<void> {
    const limit = patient(timeoutMs);
    const end = Date.now() + limit;
    for (;;) {
      const live = await this.live();
      if (isReached(live)) return;
      if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}: ${told(live)}`);
      await delay(1000);
    }
  }
}

function holds(live: KubeObject, type: string): boolean {
  const found = condition(live, type);
  return live['status']?.observedGeneration === live.metadata.generation && found?.status === 'True';
}

function isSuspended({ metadata, status }: KubeObject): boolean {
  return status?.observedGeneration === metadata.generation && status?.phase === 'Suspended';
}

function told(live: readonly KubeObject[]): string {
  const counts = new Map<string, number>();
  for (const one of live) {
    const { reason = 'no condition', message = '' } = condition(one, 'Ready') ?? {};
    const text = `${reason}: ${message}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].map(([text, count]) => `${count} x ${text}`).join('; ');
}
