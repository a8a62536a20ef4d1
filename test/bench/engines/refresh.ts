import { setTimeout as delay } from 'node:timers/promises';
import { applicationAnnotations } from '../../../gitops/engines/argo';
import { folderWith, removeFolders, run } from '../../app/program';
import { argoNamespace } from '../../argo/argo';
import { ArgoBed } from '../../argo/bed';
import { tipOf } from '../../argo/follow';
import { type Api, type KubeObject, ok, waitUntil } from '../../cluster/api';
import type { ClusterFiles } from '../../cluster/cluster';
import { cluster as folderOfCluster } from '../../flux/git-mode';
import { type Load, load, used } from './load';

const API = 'argoproj.io/v1alpha1';

/** How Argo CD is told to look; the first is what `gitops init` writes, and the others lack one annotation of it each. */
const WAYS = {
  'as gitops init writes it': {},
  'without manifest-generate-paths': { 'argocd.argoproj.io/manifest-generate-paths': null },
  'without ServerSideDiff': { 'argocd.argoproj.io/compare-options': null },
} as const;

/** Seconds between two looks at an Application, which is a round. Argo CD itself takes two or three minutes. */
const RESYNC = 60;

/** CPU seconds of some work of Argo CD. */
export interface RefreshRow {
  readonly way: string;
  readonly work: string;
  /** Looks at an Application; they differ in depth, and a sync brings several. */
  readonly looks: number;
  readonly controller: number;
  readonly repoServer: number;
  readonly applicationSets: number;
  readonly apiServer: number;
  /** Of controller and repo server, for each look. */
  readonly msEach: number;
  /** Wall time until all was settled; undefined where time was what was given. */
  readonly seconds: number | undefined;
}

/** What Argo CD takes for a fleet of suspended instances: the first sync, time at rest, and a commit that changes one of them. */
export class RefreshBench {
  private commits = 0;

  private constructor(
    private readonly cluster: ClusterFiles,
    private readonly api: Api,
    private readonly bed: ArgoBed,
    private readonly namespace: string,
    private readonly count: number,
    private readonly done: (row: RefreshRow) => void,
  ) {}

  public static async run(cluster: ClusterFiles, api: Api, count: number, done: (row: RefreshRow) => void): Promise<void> {
    const bed = await ArgoBed.begin(api, { resyncSeconds: RESYNC, isTold: false });
    try {
      const [namespace = ''] = await bed.namespaces(1);
      await new RefreshBench(cluster, api, bed, namespace, count, done).all();
    } finally {
      await bed.end();
      removeFolders();
    }
  }

  private async all(): Promise<void> {
    const [first = '', ...others] = Object.keys(WAYS) as (keyof typeof WAYS)[];
    await this.measured(first, 'the first sync of all', () => this.commit(''));
    for (const way of [first, ...others] as (keyof typeof WAYS)[]) {
      await this.use(WAYS[way]);
      const round = (): Promise<void> => delay(RESYNC * 1000);
      await this.measured(way, 'a round without a commit', round, true);
      await this.measured(way, 'a round with a commit that changes one', () => this.commit(`${(this.commits += 1)}`).then(round), true);
    }
  }

  private async measured(way: string, work: string, doIt: () => Promise<unknown>, isTimed = false): Promise<void> {
    const [before, looks, begun] = [load(this.cluster), await this.bed.looks(), Date.now()];
    await doIt();
    if (!isTimed) await this.settled();
    const [seconds, spent] = [(Date.now() - begun) / 1000, used(before, load(this.cluster))];
    this.done(rowOf(way, work, spent, (await this.bed.looks()) - looks, isTimed ? undefined : seconds));
  }

  /** One commit of all, as the controller would make it. @param note changes the first instance where it differs from the last one */
  private async commit(note: string): Promise<void> {
    const documents = Array.from({ length: this.count }, (_, index) => {
      const env = index === 0 && note !== '' ? `, env: [{name: NOTE, value: "${note}"}]` : '';
      return `apiVersion: openclaw.rocks/v1alpha1
kind: OpenClawInstance
metadata: {name: i${index}, namespace: ${this.namespace}}
spec: {image: {tag: "2026.9.6"}, suspended: true${env}}
`;
    });
    const file = folderWith({ 'all.yaml': documents.join('---\n') });
    const place = ['--cluster-name', folderOfCluster, '--git-url', this.bed.server.path, '--git-allow-file'];
    const owner = ['--git-owner', '2f6e2a0c-6a07-4b6c-9a53-6f7b3f0c2f11', '--git-signing', 'disabled'];
    const { code, stderr } = await run('synth', '--to-git', file, ...place, ...owner);
    if (code !== 0) throw new Error(stderr);
  }

  /** Gives every Application other annotations, and waits until what follows from that is past. */
  private async use(annotations: Readonly<Record<string, null>>): Promise<void> {
    const wanted: Readonly<Record<string, string | null>> = { ...applicationAnnotations, ...annotations };
    const set = { apiVersion: API, kind: 'ApplicationSet', metadata: { name: `openclaw-${folderOfCluster}`, namespace: argoNamespace } };
    ok(await this.api.patch(set, { spec: { template: { metadata: { annotations: wanted } } } }));
    const isSo = ({ metadata }: KubeObject): boolean =>
      Object.entries(wanted).every(([key, value]) => (metadata['annotations']?.[key] ?? null) === value);
    await waitUntil(
      'the annotations',
      async () => (await this.applications()).every(isSo),
      (done) => done,
      120_000,
    );
    await delay(20_000);
  }

  private applications(): Promise<readonly KubeObject[]> {
    return this.api.list(API, 'Application', argoNamespace);
  }

  private async settled(): Promise<void> {
    const all = `${this.count} of ${this.count}`;
    const tip = tipOf(this.bed.server);
    const isDone = ({ status }: KubeObject): boolean =>
      status?.sync?.status === 'Synced' && status.sync.revision === tip && status.operationState?.phase !== 'Running';
    const read = async (): Promise<string> => {
      // Looking must not be what is measured.
      await delay(1000);
      const found = await this.applications();
      return `${found.filter(isDone).length} of ${found.length}`;
    };
    await waitUntil('every Application to be Synced', read, (state) => state === all, 300_000 + this.count * 5000);
  }
}

function rowOf(way: string, work: string, spent: Load, looks: number, seconds: number | undefined): RefreshRow {
  const of = (program: string): number => Number((spent.get(program) ?? 0).toFixed(1));
  const [controller, repoServer] = [of('argocd-application-controller'), of('argocd-repo-server')];
  return {
    way,
    work,
    looks,
    controller,
    repoServer,
    applicationSets: of('argocd-applicationset-controller'),
    apiServer: of('kube-apiserver'),
    msEach: Number((((controller + repoServer) / looks) * 1000).toFixed(1)),
    seconds,
  };
}
