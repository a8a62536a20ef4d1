import { ArgoBed } from '../../argo/bed';
import type { Api } from '../../cluster/api';
import type { ClusterFiles } from '../../cluster/cluster';
import { startController } from '../../cluster/controller/controller';
import { removeNamespaces } from '../../cluster/controller/instances';
import { beginFluxBed } from '../../flux/bed';
import type { RemoteRepository } from '../../flux/git-mode';
import { Fleet } from '../cluster/fleet';
import { load, used } from './load';

/** Who brings what becomes of the instances into the cluster: an engine by way of Git, or the controller itself. */
export type Carrier = 'apply' | 'argocd' | 'flux';

/** Seconds of this machine until all instances are there. */
export interface ReadyRow {
  readonly carrier: Carrier;
  readonly instances: number;
  /** From the first `kubectl apply` until the last is Ready. */
  readonly created: number;
  /** From the first of as many edits, which roll the pods, until the last is Ready again. */
  readonly edited: number;
  readonly deleted: number;
  /** All of them together, in all three. */
  readonly commits: number | undefined;
  /** CPU seconds of the engine in all three. */
  readonly engineCpu: number;
}

interface Running {
  readonly remote?: RemoteRepository;
  follow(namespaces: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

const starts: Readonly<Record<Carrier, (api: Api) => Promise<Running>>> = {
  apply: async (api) => {
    const controller = await startController(api);
    return { follow: async () => undefined, end: () => controller.stop() };
  },
  argocd: async (api) => {
    const bed = await ArgoBed.begin(api);
    await bed.startController();
    return { remote: bed.remote, follow: (namespaces) => bed.follow(namespaces), end: () => bed.end() };
  },
  flux: async (api) => {
    const bed = await beginFluxBed(api);
    return { remote: bed.remote, follow: async () => undefined, end: () => bed.end() };
  },
};

async function took(work: () => Promise<unknown>): Promise<number> {
  const begun = Date.now();
  await work();
  return (Date.now() - begun) / 1000;
}

/** A fleet of the least instances from nothing to Ready, edited, and deleted. Engines look every few seconds, as if a webhook told them. */
export async function readyWith(cluster: ClusterFiles, api: Api, carrier: Carrier, count: number): Promise<ReadyRow> {
  const running = await starts[carrier](api);
  const fleet = await Fleet.prepare(api, count, 'minimal', Math.min(5, count));
  try {
    await running.follow(fleet.namespaces);
    const [before, commits] = [load(cluster), await running.remote?.commits()];
    const limit = 300_000 + count * 2000;
    const until = (note: string) => () => fleet.write(note).then(() => fleet.until('Ready', limit));
    const [created, edited] = [await took(until('first')), await took(until('second'))];
    const deleted = await took(() => fleet.delete().then(() => fleet.untilGone(limit)));
    const ofEngine = [...used(before, load(cluster))].filter(([name]) => /^argocd-|^(?:source|kustomize)-controller$/.test(name));
    const engineCpu = ofEngine.reduce((sum, [, seconds]) => sum + seconds, 0);
    const after = await running.remote?.commits();
    return {
      carrier,
      instances: count,
      created,
      edited,
      deleted,
      commits: after === undefined || commits === undefined ? undefined : after - commits,
      engineCpu,
    };
  } finally {
    await removeNamespaces(api, fleet.namespaces);
    await running.end();
  }
}
