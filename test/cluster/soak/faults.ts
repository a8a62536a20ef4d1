import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Api, waitUntil } from '../api';
import type { ClusterFiles } from '../cluster';
import { type Fault, type Matcher, isWatch } from '../faults/proxy';
import type { Chance } from './chance';
import type { Replica } from './replica';

const isAny: Matcher = () => true;
const isWrite: Matcher = ({ method }) => method !== 'GET';
const isRequest: Matcher = (request) => !isWatch(request);

const expired = { type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old' } };

/** What may happen to single requests. */
const REQUEST_FAULTS: readonly (readonly [which: Matcher, fault: Fault])[] = [
  [isRequest, { kind: 'answer', status: 429, headers: { 'Retry-After': '1' } }],
  [isAny, { kind: 'answer', status: 500 }],
  [isRequest, { kind: 'answer', status: 503 }],
  [isRequest, { kind: 'answer', status: 502, body: '<html>bad gateway</html>' }],
  [isAny, { kind: 'refuse' }],
  [isWrite, { kind: 'loseAnswer' }],
  [isWrite, { kind: 'delay', ms: 500 }],
  [isWatch, { kind: 'halfLine', ending: 'cut' }],
  [isWatch, { kind: 'halfLine', ending: 'end' }],
  [isWatch, { kind: 'brokenLine' }],
  [isWatch, { kind: 'event', event: expired }],
];

/** Longer than a Lease lasts: the other one leads meanwhile. */
const PAST_LEASE_MS = 20_000;

/** What breaks while instances are edited: requests, connections, the server, its history, the controllers themselves. */
export class RandomFaults {
  /** What broke, by its sort. */
  public readonly done = new Map<string, number>();

  /**
   * @param lasting the replica that lives through it all, so that its memory can be looked at
   * @param other the one that is stopped and killed
   */
  public constructor(
    private readonly cluster: ClusterFiles,
    private readonly api: Api,
    private readonly chance: Chance,
    private readonly lasting: Replica,
    private readonly other: Replica,
  ) {}

  /** Something small: a request or some fail, or every connection is cut. */
  public small(): void {
    const { proxy } = this.chance.of([this.lasting, this.other]);
    // Nobody reads what it remembers.
    proxy.requests.length = 0;
    if (this.chance.is(0.2)) {
      proxy.cutAll();
      this.note('connections cut');
      return;
    }
    const [which, fault] = this.chance.of(REQUEST_FAULTS);
    proxy.fail(which, fault, 1 + this.chance.below(5));
    this.note(fault.kind === 'answer' ? String(fault.status) : fault.kind);
  }

  /** The server is away for a moment, for one of them. */
  public async cutOff(ms = 1000 + this.chance.below(2000)): Promise<void> {
    const { proxy } = this.chance.of([this.lasting, this.other]);
    proxy.goAway();
    await delay(ms);
    proxy.comeBack();
    this.note('cut off');
  }

  /** The one that lasts cannot renew its Lease. */
  public async cutOffPastLease(): Promise<void> {
    this.lasting.proxy.goAway();
    await delay(PAST_LEASE_MS);
    this.lasting.proxy.comeBack();
    this.note('cut off past the lease');
  }

  public async restartController(): Promise<void> {
    const signal = this.chance.of(['SIGTERM', 'SIGKILL'] as const);
    await this.other.restart(signal);
    this.note(`controller ${signal}`);
  }

  /** Takes the history away that watches would go on from, and restarts the server, which then has none in memory either. */
  public async restartServer(): Promise<void> {
    await this.compact();
    const before = this.serverPid();
    if (before === undefined) throw new Error('the API server does not run');
    process.kill(before, 'SIGKILL');
    const read = async (): Promise<string> => {
      if (this.serverPid() === before) return 'the old one';
      return this.api.request('GET', '/readyz').then(({ status }) => String(status), String);
    };
    await waitUntil('the API server to be back', read, (state) => state === '200', 60_000);
    this.note('API server restarted');
  }

  private async compact(): Promise<void> {
    const { header } = await this.store<{ header: { revision: string } }>('range', { key: 'AA==', limit: '1' });
    await this.store('compaction', { revision: header.revision, physical: true });
    this.note('history compacted');
  }

  private async store<T>(method: string, body: object): Promise<T> {
    const answer = await fetch(`${this.cluster.storeUrl}/v3/kv/${method}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the store, asked for ${method}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  private serverPid(): number | undefined {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const found = pids.find((pid) => {
      const [program = '', ...args] = argumentsOf(pid);
      return program.endsWith('/kube-apiserver') && args.some((arg) => arg.includes(this.cluster.folder));
    });
    return found === undefined ? undefined : Number(found);
  }

  private note(what: string): void {
    this.done.set(what, (this.done.get(what) ?? 0) + 1);
  }
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
