import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest, TransferRequest } from '../../constructs';
import { transferJob } from '../../constructs/resolve/transfer-job';
import { type ContainerView, type Modifier, type PodView, type Rendered, anInstance, rendered, withSpec } from '../builders';
import { rcloneFolder } from '../rclone/programs';
import { type Outcome, PodBox, type PodBoxOptions } from './box/pod-box';

type Pod = Pick<PodView, 'containers' | 'initContainers'> & { readonly volumes: PodView['volumes'] };

/** Values of the Secrets that a container names, and of the fields of its pod, in the place of the references. */
function withValues(container: ContainerView, secret: Readonly<Record<string, string>>, path: string): ContainerView {
  const env = (container.env ?? []).flatMap(({ name, value, valueFrom }) => {
    const { secretKeyRef, fieldRef } = (valueFrom ?? {}) as { secretKeyRef?: { key: string; optional?: boolean }; fieldRef?: object };
    if (fieldRef) return [{ name, value: 'team-a' }];
    if (secretKeyRef === undefined) return value === undefined ? [] : [{ name, value }];
    const found = secret[secretKeyRef.key];
    if (found === undefined && secretKeyRef.optional !== true) throw new Error(`the kubelet: no key ${secretKeyRef.key}`);
    return found === undefined ? [] : [{ name, value: found }];
  });
  return { ...container, env: [...env, { name: 'PATH', value: path }] };
}

/** The pod of a Job, its containers with their variables. */
function podView(pod: Pod, secret: Readonly<Record<string, string>>): Rendered {
  const find = (name: string): ContainerView => {
    const found = [...(pod.initContainers ?? []), ...pod.containers].find((one) => one.name === name);
    if (found === undefined) throw new Error(`the pod has no container ${name}`);
    return withValues(found, secret, '/usr/local/lib/first:/usr/local/lib:/usr/bin:/bin');
  };
  // A box asks no more of a pod than this.
  return { pod: { volumes: pod.volumes }, container: find, agent: find('rclone') } as unknown as Rendered;
}

/** A volume, and the Jobs that copy it, each with its containers in their order as the kubelet runs them. */
export class TransferBox {
  private constructor(
    private readonly first: string,
    public readonly box: PodBox,
    private readonly secret: Readonly<Record<string, string>>,
    private modifiers: readonly Modifier[],
  ) {}

  /** @param options.node the node program of the agent's image */
  public static async start(
    secret: Readonly<Record<string, string>>,
    { modifiers = [], ...options }: PodBoxOptions & { readonly modifiers?: readonly Modifier[] } = {},
  ): Promise<TransferBox> {
    const first = mkdtempSync(join(tmpdir(), 'first-'));
    chmodSync(first, 0o755);
    const binds = [
      { source: first, mountPath: '/usr/local/lib/first', readOnly: true },
      { source: `${rcloneFolder()}/rclone`, mountPath: '/usr/local/lib/rclone', readOnly: true },
      ...(options.binds ?? []),
    ];
    const view = podView(TransferBox.podOf({ direction: 'backup', path: 'none' }, modifiers), secret);
    return new TransferBox(first, await PodBox.start(view, { size: '64m', ...options, binds }), secret, modifiers);
  }

  private static podOf(request: Partial<TransferRequest>, modifiers: readonly Modifier[]): Pod {
    const { instance } = rendered(anInstance(...modifiers));
    const job = transferJob(instance, { name: 'alice-backup', jobType: 'backup', direction: 'backup', path: '', ...request });
    return ((job as Manifest)['spec'] as { template: { spec: Pod } }).template.spec;
  }

  /** From now on its instance is another one, on the same volume. */
  public become(...modifiers: readonly Modifier[]): void {
    this.modifiers = modifiers;
  }

  /** A Job of one copy. */
  public copy(request: Partial<TransferRequest>, secret = this.secret): Outcome {
    return this.runPod(TransferBox.podOf(request, this.modifiers), secret);
  }

  /** A run of the schedule. */
  public periodic(secret = this.secret): Outcome {
    const view = rendered(anInstance(...this.modifiers, withSpec({ backup: { schedule: '@daily', retentionDays: 7 } })));
    const { jobTemplate } = view.spec('CronJob', 'alice-backup-periodic') as { jobTemplate: { spec: { template: { spec: Pod } } } };
    return this.runPod(jobTemplate.spec.template.spec, secret);
  }

  private runPod(pod: Pod, secret: Readonly<Record<string, string>>): Outcome {
    this.box.roll(podView(pod, secret));
    for (const { name } of pod.initContainers ?? []) {
      const outcome = this.box.run(name);
      if (outcome.status !== 0) return outcome;
    }
    return this.box.run('rclone');
  }

  /** The first init container of the agent, at the next start of its pod; from then on the box is that pod. */
  public startAgent(): Outcome {
    this.box.roll(rendered(anInstance(...this.modifiers)));
    return this.box.run('init-config');
  }

  /** From now on this shell script stands before rclone, which it finds as `$real`. @default - nothing does any more */
  public before(script?: string): void {
    const path = join(this.first, 'rclone');
    rmSync(path, { force: true });
    if (script !== undefined) writeFileSync(path, `#!/bin/sh\nreal=/usr/local/lib/rclone\n${script}\nexec $real "$@"\n`, { mode: 0o755 });
  }

  /** Programs of the Jobs, for a script that stands before rclone: each is a file of its name in `/usr/local/lib/first`. */
  public beside(...programs: readonly string[]): void {
    for (const name of programs) cpSync(join(__dirname, '../../constructs/features/backup', name), join(this.first, name));
  }

  public async stop(): Promise<void> {
    await this.box.stop();
    rmSync(this.first, { recursive: true, force: true });
  }

  /** A shell script as the agent's user, in the root of the volume. */
  public asUser(script: string): string {
    const { stdout, stderr, status } = this.box.inAgent('/bin/sh', '-c', `cd /data\n${script}`);
    if (status !== 0) throw new Error(`${script}: ${stderr}`);
    return stdout;
  }
}
