import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FactReader, Part } from '../../constructs';
import type { Clock } from '../../gitops/git/clock';
import type { ApiPort } from '../api/port';
import { SetupError } from '../api/setup-error';
import type { Log } from '../objects/log';
import { type Meter, noMeter } from '../objects/meter';
import { type Scope, WHOLE_CLUSTER } from '../objects/scope';
import { TenantBudget } from '../objects/time-budget';
import { type Certificate, endOfCertificate } from '../webhook/certificate';
import { type AskedInstances, judge } from '../webhook/judge';
import { readPath } from '../webhook/path';
import { WebhookServer } from '../webhook/server';
import { Trust } from '../webhook/trust';
import type { Loop } from './loop';
import { errorText } from './pass-failure';

export interface WebhookLoopOptions {
  readonly api: ApiPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly namespace: string;
  /** Whose instances it judges. @default - those of the whole cluster */
  readonly scope?: Scope | undefined;
  readonly facts: FactReader;
  /** @default - nothing is known beyond the requests of agents themselves */
  readonly asked?: AskedInstances | undefined;
  /** @default - nothing is measured */
  readonly meter?: Pick<Meter, 'reviewed'> | undefined;
  /** @default - all registered parts */
  readonly parts?: readonly Part[] | undefined;
  /** 0 takes any that is free. */
  readonly port: number;
  /** @default - all addresses */
  readonly host?: string;
  /** Name of the Service in front of it. */
  readonly service: string;
  /** A folder with `tls.crt` and `tls.key` that somebody else keeps up, such as cert-manager. @default - we make a certificate ourselves */
  readonly folder?: string | undefined;
}

/** How often the certificate is looked at, and the key from which the path follows. Each look is two reads, and one more of whoever leads. */
const LOOK_MS = 60_000;

/** The first ones come sooner: a certificate may be made by another replica just now. */
const FIRST_LOOK_MS = 1000;

/** The admission webhook. Every replica answers; the one that leads keeps up the certificate. */
export class WebhookLoop implements Loop {
  public readonly name = 'webhook';
  public readonly missingRights: readonly string[] = [];
  private readonly server: WebhookServer;
  private readonly trust: Trust;
  private path: string | undefined;
  private readonly stopping = new AbortController();
  private shown: Certificate | undefined;
  /** What the last look found. */
  private seen: string | undefined;
  private leads = false;
  private looking: Promise<void> | undefined;
  private failure: string | undefined;

  public constructor(private readonly options: WebhookLoopOptions) {
    const { api, namespace, service, clock, facts, asked, parts, log, scope = WHOLE_CLUSTER, meter = noMeter } = options;
    const budget = new TenantBudget(() => clock.monotonic());
    const judging = { facts, asked, parts, scope, budget };
    this.server = new WebhookServer({ path: () => this.path, judge: (request) => judge(request, judging), budget, log, meter });
    this.trust = new Trust({ api, namespace, scope, service, now: () => clock.now() });
  }

  public async start(): Promise<void> {
    await this.look();
    this.looking = this.lookOn();
  }

  public async lead(): Promise<void> {
    this.leads = true;
    await this.look();
  }

  public async rest(): Promise<void> {
    this.leads = false;
  }

  public async stop(): Promise<void> {
    this.leads = false;
    this.stopping.abort();
    await this.looking;
    await this.server.close();
  }

  public async settled(): Promise<void> {
    // Nothing is ever owed.
  }

  /** The port, once it listens. */
  public get port(): number | undefined {
    return this.server.port;
  }

  /** A replica without a certificate would refuse connections: the Service must not send any. */
  public get waitsFor(): string | undefined {
    return this.server.isListening ? undefined : (this.failure ?? 'there is no certificate yet: the replica that leads makes it');
  }

  /** When the certificate that it shows ends. @default - it shows none */
  public get certificateEnds(): Date | undefined {
    return this.shown && endOfCertificate(this.shown);
  }

  public get isAlive(): boolean {
    return true;
  }

  public get failing(): readonly string[] {
    return this.failure === undefined ? [] : [`webhook: ${this.failure}`];
  }

  private async lookOn(): Promise<void> {
    const { clock } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const pause = this.shown === undefined ? FIRST_LOOK_MS : LOOK_MS;
      // Rejects when it is stopped.
      await clock.sleep(pause, signal).catch(() => undefined);
      if (!signal.aborted) await this.look();
    }
  }

  /** What goes wrong is tried again at the next look: the certificate in use is good for months. */
  private async look(): Promise<void> {
    const troubles: string[] = [];
    // What goes wrong with one says nothing of the others: a registration that may not be written keeps no certificate from being shown.
    const steps = [() => this.findPath(), () => this.tellServer(), () => this.showNewest()];
    for (const step of steps) {
      await step().catch((error: unknown) => troubles.push(errorText(error)));
    }
    const failure = troubles.length === 0 ? undefined : [...new Set(troubles)].join('; ');
    // Each trouble once: it may last for hours, and is told by `waitsFor`.
    if (failure !== undefined && failure !== this.failure) {
      this.options.log.error('the certificate of the webhook could not be kept up', { error: failure });
    }
    this.failure = failure;
  }

  /** It stays as it is where the key is gone: whoever leads next tells the API server of another. */
  private async findPath(): Promise<void> {
    const { api, namespace } = this.options;
    this.path = (await readPath(api, namespace)) ?? this.path;
  }

  /** Whom to trust, and where to ask. */
  private async tellServer(): Promise<void> {
    if (!this.leads || this.path === undefined) return;
    await (this.options.folder === undefined ? this.trust.keepUp(this.path) : this.trust.register(this.path));
  }

  private async showNewest(): Promise<void> {
    // Whoever knows no path answers nobody.
    if (this.path === undefined) return;
    const { folder, port, host } = this.options;
    const found = folder === undefined ? await this.trust.read() : readFolder(folder);
    // The API server takes a moment to trust a new one: it is shown from the next look on.
    const isTrusted = this.shown === undefined || found?.certificate === this.seen;
    this.seen = found?.certificate;
    if (!found || !isTrusted || found.certificate === this.shown?.certificate) return;
    await this.server.show(found, port, host);
    this.shown = found;
    this.options.log.info('the webhook answers', { port: this.server.port });
  }
}

function readFolder(folder: string): Certificate {
  const [certificate, key] = ['tls.crt', 'tls.key'].map((name) => readKept(join(folder, name))) as [string, string];
  return { certificate, key };
}

function readKept(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SetupError(`${file} cannot be read (${code}): whoever keeps up the certificate has to put it there`, { cause });
  }
}
