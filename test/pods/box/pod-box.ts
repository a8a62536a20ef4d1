import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerView, Rendered } from '../../builders';
import { patient } from '../../patience/patience.cjs';

/** What a program did. */
export interface Outcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of the machine that containers see. */
export interface Bind {
  readonly source: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface PodBoxOptions {
  /** Size of the data volume. @default 16m */
  readonly size?: string;
  /** How many files the data volume takes. @default 4000 */
  readonly files?: number;
  /** The node program of the image. @default - the one that runs the tests */
  readonly node?: string;
  /** Folders that every container sees beside its volumes. @default - none */
  readonly binds?: readonly Bind[];
}

/** A container's command that runs, or a shell. */
export interface Running {
  readonly child: ChildProcess;
  readonly end: Promise<Outcome>;
}

const USER = 1000;
/** `openclaw doctor` takes a minute on a busy machine. */
const TIMEOUT_MS = patient(180_000);

/** Why no box can be made here, or undefined. */
export const MISSING_BOX: string | undefined = whyMissing();

function whyMissing(): string | undefined {
  if (process.platform !== 'linux') return 'containers are Linux';
  if (process.getuid?.() !== 0) return 'only root can mount';
  const { status, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs box /mnt && command -v chroot setpriv'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `no mount namespace: ${stderr || 'unshare is missing'}`.trim();
}

/** `describe` for tests that need a box; skipped where none can be made, with the reason in the title. */
export function describeInBox(title: string, body: () => void): void {
  if (MISSING_BOX === undefined) describe(title, body);
  else describe.skip(`${title} (skipped: ${MISSING_BOX})`, body);
}

/**
 * A pod of one instance on this machine: its rendered containers run one by one, with their volumes, as an unprivileged user and on a root
 * file system that cannot be written. The data volume has a root that belongs to root, with the group of the pod, as `fsGroup` makes it.
 */
export class PodBox {
  private readonly folder = mkdtempSync(join(tmpdir(), 'pod-box-'));
  /** Holds the namespace in which the data volume is mounted. */
  private holder: { readonly child: ChildProcess; readonly end: Promise<void> } | undefined;
  private runs = 0;
  /** What was started and has not ended. A test that fails leaves it, and a gateway without its volume takes a whole core. */
  private readonly children = new Set<ChildProcess>();

  private constructor(
    private view: Rendered,
    private readonly options: PodBoxOptions,
  ) {
    chmodSync(this.folder, 0o755);
    mkdirSync(join(this.folder, 'root'));
    this.makeVolumes();
  }

  public static async start(view: Rendered, options: PodBoxOptions = {}): Promise<PodBox> {
    const box = new PodBox(view, options);
    await box.renew();
    return box;
  }

  /** An empty data volume in the place of the present one. */
  public async renew(): Promise<void> {
    await this.release();
    const { size = '16m', files = 4000 } = this.options;
    const program = ['sh', join(__dirname, 'volume.sh'), this.volume('data'), size, String(files)];
    const args = ['-m', '--propagation', 'private', ...program];
    const child = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const end = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.holder = { child, end };
    const isMounted = new Promise<boolean>((resolve) => child.stdout.once('data', () => resolve(true)));
    if (!(await Promise.race([isMounted, end.then(() => false)]))) throw new Error('the data volume cannot be mounted');
  }

  /** Another revision of the pod, on the same data. */
  public roll(view: Rendered): void {
    this.view = view;
    this.makeVolumes();
  }

  public async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.release();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A path on the data volume, as root of the machine sees it. */
  public data(...steps: readonly string[]): string {
    return join('/proc', String(this.pid), 'root', this.volume('data'), ...steps);
  }

  /** Runs the command of a container to its end. */
  public run(container: string): Outcome {
    const view = this.view.container(container);
    return this.execute(view, view.command ?? []);
  }

  /** Starts the command of a container. */
  public start(container: string, prefix: readonly string[] = []): Running {
    const view = this.view.container(container);
    return this.spawned(this.arguments(view, [...prefix, ...(view.command ?? [])]));
  }

  /** Runs the post-start hook of the agent. */
  public hook(): Outcome {
    const { postStart } = this.view.agent['lifecycle'] as { postStart: { exec: { command: string[] } } };
    return this.execute(this.view.agent, postStart.exec.command);
  }

  /** Runs any command in the agent's container. It may begin with variables, as `env` takes them. */
  public inAgent(...command: readonly string[]): Outcome {
    return this.execute(this.view.agent, command);
  }

  /** Starts any command in the agent's container. */
  public startInAgent(...command: readonly string[]): Running {
    return this.spawned(this.arguments(this.view.agent, command));
  }

  /** Does what an agent can do: a shell script in its state folder. */
  public asAgent(script: string): Outcome {
    return this.inAgent('/bin/sh', '-c', `cd /home/openclaw/.openclaw\n${script}`);
  }

  /** Does what an administrator can do: a shell script as root, in the root of the data volume. */
  public asRoot(script: string): Outcome {
    const args = ['-m', `--target=${this.pid}`, 'sh', '-c', `cd '${this.volume('data')}'\n${script}`];
    return outcomeOf(spawnSync('nsenter', args, { encoding: 'utf8', timeout: TIMEOUT_MS }));
  }

  private get pid(): number {
    if (this.holder?.child.pid === undefined) throw new Error('the box is stopped');
    return this.holder.child.pid;
  }

  private async release(): Promise<void> {
    this.holder?.child.kill('SIGKILL');
    await this.holder?.end;
    this.holder = undefined;
  }

  private volume(name: string): string {
    return join(this.folder, 'volumes', name);
  }

  private makeVolumes(): void {
    for (const { name, ...source } of this.view.pod.volumes) {
      if (name !== 'data') rmSync(this.volume(name), { recursive: true, force: true });
      this.makeVolume(name, source);
    }
  }

  private makeVolume(name: string, source: Readonly<Record<string, unknown>>): void {
    const folder = this.volume(name);
    mkdirSync(folder, { recursive: true });
    if ('configMap' in source) {
      this.fillConfigMap(folder, source['configMap'] as { name: string });
    } else {
      chownSync(folder, 0, USER);
      chmodSync(folder, 0o2777);
    }
  }

  /** As the kubelet does: the keys are links through `..data` into a folder with a time in its name. */
  private fillConfigMap(folder: string, { name }: { readonly name: string }): void {
    const data = this.view.find('ConfigMap', name)['data'] as Record<string, string>;
    mkdirSync(join(folder, '..2026_11_30'));
    symlinkSync('..2026_11_30', join(folder, '..data'));
    for (const [key, text] of Object.entries(data)) {
      writeFileSync(join(folder, '..2026_11_30', key), text);
      symlinkSync(`..data/${key}`, join(folder, key));
    }
  }

  private execute(view: ContainerView, command: readonly string[]): Outcome {
    return outcomeOf(spawnSync('nsenter', this.arguments(view, command), { encoding: 'utf8', timeout: TIMEOUT_MS, input: '' }));
  }

  private spawned(args: readonly string[]): Running {
    const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const end = new Promise<Outcome>((resolve) => {
      child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
    });
    return { child, end };
  }

  private arguments(view: ContainerView, command: readonly string[]): string[] {
    this.runs += 1;
    const mounts = join(this.folder, `mounts-${this.runs}`);
    writeFileSync(mounts, this.mountLines(view));
    const user = String((view.securityContext['runAsUser'] as number | undefined) ?? USER);
    const env = (view.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`]));
    const { node = process.execPath } = this.options;
    const program = ['sh', join(__dirname, 'container.sh'), join(this.folder, 'root'), mounts, node, user, String(USER)];
    const enter = ['-m', `--target=${this.pid}`, 'unshare', '-m', '--propagation', 'private'];
    return [...enter, ...program, 'PATH=/usr/local/bin:/usr/bin:/bin', ...env, ...command];
  }

  private mountLines({ volumeMounts }: ContainerView): string {
    const own = volumeMounts.map(({ name, mountPath, subPath, readOnly }) =>
      [this.volume(name), typeof subPath === 'string' ? subPath : '-', mountPath, readOnly === true ? 'ro' : 'rw'].join('\t'),
    );
    const binds = (this.options.binds ?? []).map(({ source, mountPath, readOnly }) =>
      [source, '-', mountPath, readOnly ? 'ro' : 'rw'].join('\t'),
    );
    return `${[...own, ...binds].join('\n')}\n`;
  }
}

function outcomeOf({ status, signal, stdout, stderr, error }: ReturnType<typeof spawnSync>): Outcome {
  if (error) throw error;
  return { status, signal, stdout: String(stdout), stderr: String(stderr) };
}
