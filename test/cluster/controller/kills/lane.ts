import { join } from 'node:path';
import { builtPackage } from '../../../app/built-package';
import { ControllerProcess } from '../../../bench/cluster/controller-process';
import { writeAccountFile } from '../../account-file';
import { type Api, waitUntil } from '../../api';
import { type AuditEvent, isWrite, startAudit } from '../../audit';
import { FaultProxy, type SeenRequest } from '../../faults/proxy';
import { createNamespace } from '../../namespaces';
import { testCluster } from '../../parts';
import { controllerNamespace, controllerUser } from '../controller';
import type { Story } from './stories';

/** On which side of a write the process dies: nothing of it reaches the server, or it is done and nobody hears of that. */
export type Side = 'before' | 'after';

/** What came of a story. */
export interface Run {
  /** The write at which the process was killed, as `PATCH openclawinstances/alice/status`. @default - it has fewer writes */
  readonly killedAt?: string;
  /** What is to be seen at its end, in the words of the story. */
  readonly seen: unknown;
  /** Jobs that were made, by type, in their order. */
  readonly jobs: readonly string[];
  /** What must never be. */
  readonly findings: readonly string[];
}

/** What a process is killed by. */
interface Kill {
  /** The write. @default - it has not come yet */
  killedAt?: string;
  isOver: boolean;
  readonly findings: string[];
}

/** So long may the end of a story take, restart included. */
const STORY_MS = 120_000;

/** `PATCH openclawinstances/alice/status` of a path of the server. */
function shortText({ method, url }: Pick<SeenRequest, 'method' | 'url'>): string {
  return `${method} ${url.pathname.replace(/^.*\/namespaces\/[^/]+\//, '').replace(/-[a-z0-9]{6,}$/, '-*')}`;
}

/** `pre-update-backup` of `alice-pre-update-backup-abc123`. */
function typeOf(job: string): string {
  return job.replace(/^alice-/, '').replace(/-[a-z0-9]+$/, '');
}

/** A place for one story after another, each with a namespace and a process of its own. */
export class Lane {
  private process: ControllerProcess | undefined;
  /** Settled when the process that took the place of a killed one runs. */
  private restarted: Promise<void> = Promise.resolve();

  private constructor(
    private readonly api: Api,
    private readonly proxy: FaultProxy,
    private readonly kubeconfig: string,
  ) {}

  public static async open(api: Api, token: string, folder: string, name: string): Promise<Lane> {
    const proxy = await FaultProxy.start(testCluster());
    const { caFile } = testCluster();
    return new Lane(api, proxy, writeAccountFile(join(folder, `${name}.json`), { url: proxy.url, caFile }, token));
  }

  public async close(): Promise<void> {
    await this.process?.stop('SIGKILL');
    await this.proxy.stop();
  }

  /** Tells a story whose process is killed at its so-manieth write. */
  public async run(story: Story, at: number, side: Side, namespaces: string[]): Promise<Run> {
    const { api } = this;
    const namespace = await createNamespace(api);
    namespaces.push(namespace);
    await this.start(namespace);
    await story.begin(api, namespace);
    const [audit, kill] = [await startAudit(testCluster(), api), this.killAt(namespace, at, side, story)];
    await story.act(api, namespace);
    const seen = await waitUntil(
      `the end of ${story.name}, killed ${side} write ${at} (${kill.killedAt ?? 'not yet'})`,
      async () => story.look(api, namespace),
      (found) => found.isOver,
      STORY_MS,
    );
    // What it asks for from now on kills nobody: a process that took its place would be left behind.
    kill.isOver = true;
    await this.restarted;
    const { hasEnded = true, errors = [] } = this.process ?? {};
    await this.process?.stop('SIGKILL');
    const events = (await audit.read()).filter(({ objectRef }) => objectRef?.namespace === namespace);
    const findings = [...kill.findings, ...story.findings(events), ...(hasEnded ? [`the second process died: ${errors.join()}`] : [])];
    return { seen, jobs: jobsIn(events), findings, ...(kill.killedAt !== undefined && { killedAt: kill.killedAt }) };
  }

  private async start(namespace: string): Promise<void> {
    const { kubeconfig } = this;
    const flags = ['--namespace', controllerNamespace, '--namespaces', namespace];
    this.process = await ControllerProcess.start({ lib: join(builtPackage(), 'lib'), kubeconfig, flags });
  }

  /** Looks at every write of a namespace from now on, and kills the process at one of them. */
  private killAt(namespace: string, at: number, side: Side, story: Story): Kill {
    const told: Kill = { isOver: false, findings: [] };
    let count = 0;
    const isOfIt = ({ method, url }: Pick<SeenRequest, 'method' | 'url'>): boolean =>
      method !== 'GET' && !url.searchParams.has('dryRun') && url.pathname.includes(`/namespaces/${namespace}/`);
    const die = async (request: Pick<SeenRequest, 'method' | 'url'>): Promise<void> => {
      if (told.isOver) return;
      told.killedAt = shortText(request);
      const end = this.process?.stop('SIGKILL') ?? Promise.resolve();
      this.restarted = end.then(async () => this.start(namespace));
      // Whoever waits for the end of the story hears of a process that does not start.
      this.restarted.catch((error: unknown) => told.findings.push(String(error)));
      await end;
    };
    const doomed = new Set<string>();
    this.proxy.fail(
      isOfIt,
      {
        kind: 'interlude',
        before: async (request) => {
          count += 1;
          const isTheOne = count === at;
          told.findings.push(...(await story.lookBefore(this.api, namespace, request).catch((error: unknown) => [String(error)])));
          if (!isTheOne) return 'goes on';
          if (side === 'after') {
            doomed.add(request.url.href);
            return 'goes on';
          }
          await die(request);
          return 'ends here';
        },
        after: async (request) => {
          if (doomed.delete(request.url.href)) await die(request);
        },
      },
      Infinity,
    );
    return told;
  }
}

/** Those that the controller made; the second to ask is answered that there is one. */
function jobsIn(events: readonly AuditEvent[]): string[] {
  const made = events.filter(
    (event) =>
      isWrite(event) &&
      event.user.username === controllerUser &&
      event.verb === 'create' &&
      event.objectRef?.resource === 'jobs' &&
      event.responseStatus?.code === 201,
  );
  return made.map(({ objectRef }) => typeOf(objectRef?.name ?? ''));
}
