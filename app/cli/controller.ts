import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { findCluster } from '../../controller/api/find-cluster';
import { systemClock } from '../../gitops/git/clock';
import { LeaseFence } from '../../gitops/git/fence';
import { connect } from '../../controller/process/connections';
import { Controller } from '../../controller/process/controller';
import { serveHealth } from '../../controller/process/health';
import { InstanceLoop } from '../../controller/process/instance-loop';
import { createLog } from '../../controller/objects/log';
import type { Delivery } from '../../controller/observe/observed';
import { WebhookLoop } from '../../controller/process/webhook-loop';
import { controllerRbac } from '../../controller/process/rbac';
import { type FlagValues, text } from './flag-values';
import { gitFactory } from './git-options';
import { UsageError } from './options';
import type { ExitCode } from './exit-code';
import type { Streams } from './streams';
import { finding, listening, starting } from './start-failure';

interface Settings {
  readonly delivery: Delivery;
  readonly namespace: string;
  readonly kubeconfig: string | undefined;
  readonly concurrency: number;
  readonly healthPort: number;
  readonly webhook: { readonly port: number; readonly service: string; readonly folder: string | undefined };
  readonly once: boolean;
}

function whole(values: FlagValues, flag: string, smallest: number, largest: number): number {
  const number = Number(values[flag]);
  if (Number.isInteger(number) && number >= smallest && number <= largest) return number;
  throw new UsageError(`--${flag} is "${values[flag]}": use a whole number from ${smallest} to ${largest}`);
}

function settingsOf(values: FlagValues): Settings {
  const delivery = text(values, 'delivery');
  if (delivery !== 'apply' && delivery !== 'git') throw new UsageError(`--delivery is "${delivery}": use apply or git`);
  return {
    delivery,
    namespace: text(values, 'namespace') ?? '',
    kubeconfig: text(values, 'kubeconfig'),
    concurrency: whole(values, 'concurrency', 1, 256),
    healthPort: whole(values, 'health-port', 0, 65_535),
    webhook: {
      port: whole(values, 'webhook-port', 0, 65_535),
      service: text(values, 'webhook-service') ?? 'openclaw-webhook',
      folder: text(values, 'webhook-cert-dir'),
    },
    once: values['once'] === true,
  };
}

/** Resolves at the first signal to stop. */
async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** `controller`: runs until it is told to stop, or with `--once` until everything is delivered. */
export async function controller(values: FlagValues, streams: Streams): Promise<ExitCode> {
  const settings = settingsOf(values);
  if (values['print-rbac'] === true) {
    streams.stdout(writeDocuments(controllerRbac(settings.namespace) as Record<string, unknown>[]));
    return 0;
  }
  const log = createLog(streams.stderr, () => systemClock.now());
  const git = gitFactory(values, settings.delivery);
  const { kubeconfig, healthPort } = settings;
  const access = await finding(() => findCluster(kubeconfig === undefined ? {} : { kubeconfig }));
  const fence = new LeaseFence(systemClock);
  const connections = connect({ access, clock: systemClock, fence });
  const instances = new InstanceLoop({ api: connections.work, fence, clock: systemClock, log, ...settings, git });
  const { webhook, namespace } = settings;
  const admission = { api: connections.work, clock: systemClock, log, namespace, facts: instances.facts, ...webhook };
  // A run that ends by itself answers nobody.
  const isAsked = webhook.port > 0 && !settings.once;
  const loops = new Controller({ loops: [instances, ...(isAsked ? [new WebhookLoop(admission)] : [])], fence, log });
  const health = healthPort > 0 ? await listening(healthPort, () => serveHealth(loops, healthPort)) : undefined;
  try {
    await starting(() => loops.start());
    // There is one controller, so nobody takes the lead from it.
    fence.renew(Infinity);
    await starting(() => loops.lead());
    await (settings.once ? loops.settled() : untilStopped());
    if (!settings.once || loops.failing.length === 0) return 0;
    log.error('not everything was delivered', { instances: loops.failing });
    return 1;
  } finally {
    health?.close();
    await loops.stop();
    connections.close();
  }
}
