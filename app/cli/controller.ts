import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { findCluster } from '../../controller/api/find-cluster';
import { systemClock } from '../../gitops/git/clock';
import { LeaseFence } from '../../gitops/git/fence';
import { connect } from '../../controller/process/connections';
import { Controller } from '../../controller/process/controller';
import { Metrics } from '../../controller/process/metrics/metrics';
import { serveMetrics } from '../../controller/process/metrics/serve-metrics';
import { type Health, serveHealth } from '../../controller/process/health';
import { Elector } from '../../controller/process/elector';
import { LEASE_NAME, LeaseStore } from '../../controller/process/lease';
import { requireOwnKinds } from '../../controller/process/require-kinds';
import { InstanceLoop } from '../../controller/process/instance-loop';
import { SelfConfigLoop } from '../../controller/process/self-config-loop';
import { hasHashKey } from '../../controller/observe/secret-facts';
import { gitHubSettings } from '../../controller/observe/packs/pack-source';
import { createLog } from '../../controller/objects/log';
import { type InstanceKey, keyText } from '../../controller/objects/objects';
import type { Scope } from '../../controller/objects/scope';
import type { Delivery } from '../../controller/observe/observed';
import { WebhookLoop } from '../../controller/process/webhook-loop';
import { controllerRbac } from '../../controller/process/rbac';
import { type FlagValues, text } from './flag-values';
import { gitFactory } from './git-options';
import { hooksOf, serveHooks } from './hook-options';
import { UsageError } from './options';
import { scopeOf } from './scope-options';
import type { ExitCode } from './exit-code';
import type { Streams } from './streams';
import { type ListeningPort, finding, listening, starting } from './start-failure';

interface Settings {
  readonly delivery: Delivery;
  readonly namespace: string;
  readonly scope: Scope;
  readonly kubeconfig: string | undefined;
  readonly concurrency: number;
  readonly healthPort: number;
  readonly metricsPort: number;
  readonly webhook: { readonly port: number; readonly service: string; readonly folder: string | undefined };
  readonly once: boolean;
  /** Several processes may run, and one of them works at a time. */
  readonly leaderElect: boolean;
}

function whole(values: FlagValues, flag: string, smallest: number, largest: number): number {
  const number = Number(values[flag]);
  if (Number.isInteger(number) && number >= smallest && number <= largest) return number;
  throw new UsageError(`--${flag} is "${values[flag]}": use a whole number from ${smallest} to ${largest}`);
}

function settingsOf(values: FlagValues): Settings {
  const delivery = text(values, 'delivery');
  if (delivery !== 'apply' && delivery !== 'git') throw new UsageError(`--delivery is "${delivery}": use apply or git`);
  const [once, leaderElect] = [values['once'] === true, values['leader-elect'] === true];
  if (once && leaderElect) throw new UsageError('--once and --leader-elect exclude each other: a run that ends waits for no turn');
  return {
    delivery,
    namespace: text(values, 'namespace') ?? '',
    scope: scopeOf(values),
    kubeconfig: text(values, 'kubeconfig'),
    concurrency: whole(values, 'concurrency', 1, 256),
    healthPort: whole(values, 'health-port', 0, 65_535),
    metricsPort: whole(values, 'metrics-port', 0, 65_535),
    webhook: {
      port: whole(values, 'webhook-port', 0, 65_535),
      service: text(values, 'webhook-service') ?? 'openclaw-webhook',
      folder: text(values, 'webhook-cert-dir'),
    },
    once,
    leaderElect,
  };
}

/** Resolves at the first signal to stop. */
async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

interface Closing {
  close(): unknown;
}

/** The state of the loops, and whether they lead where that is up to an election. */
function healthOf(loops: Controller, elector: Elector | undefined): Health {
  return {
    get isAlive() {
      return loops.isAlive;
    },
    get waitsFor() {
      return loops.waitsFor;
    },
    get leads() {
      return elector?.leads;
    },
    get missingRights() {
      return loops.missingRights;
    },
    get warnings() {
      return loops.warnings;
    },
  };
}

/** There is one controller, so nobody takes the lead from it. */
async function leadForEver(loops: Controller, fence: LeaseFence): Promise<void> {
  fence.renew(Infinity);
  await loops.lead();
}

/** `controller`: runs until it is told to stop, or with `--once` until everything is delivered. */
export async function controller(values: FlagValues, streams: Streams): Promise<ExitCode> {
  const settings = settingsOf(values);
  if (values['print-rbac'] === true) {
    streams.stdout(writeDocuments(controllerRbac(settings.namespace, settings.scope) as Record<string, unknown>[]));
    return 0;
  }
  const log = createLog(streams.stderr, () => systemClock.now());
  const git = gitFactory(values, settings.delivery);
  const hooks = hooksOf(values, git !== undefined);
  const { kubeconfig, healthPort, metricsPort } = settings;
  const access = await finding(() => findCluster(kubeconfig === undefined ? {} : { kubeconfig }));
  const fence = new LeaseFence(systemClock);
  const metrics = new Metrics(LEASE_NAME, (key) => instances.find(key) !== undefined);
  const meter = metrics.work;
  const connections = connect({ access, clock: systemClock, fence, meter });
  const github = gitHubSettings(process.env);
  const instances = new InstanceLoop({ api: connections.work, fence, clock: systemClock, log, ...settings, meter, git, github });
  instances.onGone((key) => meter.forget(key));
  const { webhook, namespace, scope } = settings;
  const common = { api: connections.work, clock: systemClock, log, scope, facts: instances.facts };
  // Without its label an instance is another controller's, and so is what is asked of it.
  const isOurs = (key: InstanceKey): boolean => scope.watchLabel === undefined || instances.find(key) !== undefined;
  const requests = new SelfConfigLoop({ ...common, isOurs, meter, queueMeter: meter.ofRequests });
  const asked = { find: (key: InstanceKey) => instances.find(key), waiting: (key: InstanceKey) => requests.waiting(keyText(key)) };
  const admission = { ...common, namespace, asked, meter, ...webhook };
  // A run that ends by itself answers nobody.
  const isAsked = webhook.port > 0 && !settings.once;
  const reviews = isAsked ? new WebhookLoop(admission) : undefined;
  const loops = new Controller({ loops: [instances, requests, ...(reviews ? [reviews] : [])], fence, log });
  const elector = settings.leaderElect
    ? new Elector({
        store: new LeaseStore(connections.lease, settings.namespace),
        clock: systemClock,
        fence,
        log,
        identity: `${hostname()}_${randomUUID()}`,
        hasBeenLed: () => hasHashKey(connections.lease, settings.namespace),
        lead: () => loops.lead(),
        rest: () => loops.rest(),
      })
    : undefined;
  const servers: Closing[] = [];
  const listen = async (port: number, what: ListeningPort, serve: () => Promise<Closing>): Promise<void> => {
    if (port > 0) servers.push(await listening(port, what, serve));
  };
  await listen(healthPort, 'health', () => serveHealth(healthOf(loops, elector), { port: healthPort }));
  // A run that ends by itself is not scraped.
  if (!settings.once)
    await listen(metricsPort, 'metrics', () =>
      serveMetrics(metrics, () => ({ ...instances.state, certificateEnds: reviews?.certificateEnds }), metricsPort),
    );
  if (!settings.once && hooks) await listen(hooks.port, 'hook', () => serveHooks(hooks, { hurry: () => instances.hurry(), log, meter }));
  try {
    if (settings.once) await starting(() => requireOwnKinds(connections.work, settings.scope));
    await starting(() => loops.start());
    if (elector) elector.start();
    else await starting(async () => leadForEver(loops, fence));
    await (settings.once ? loops.settled() : untilStopped());
    if (!settings.once || loops.failing.length === 0) return 0;
    log.error('not everything was delivered', { instances: loops.failing });
    return 1;
  } finally {
    await elector?.halt();
    for (const server of servers) void server.close();
    await loops.stop();
    await elector?.release();
    connections.close();
  }
}
