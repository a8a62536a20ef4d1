import { type Api, type KubeObject, type ObjectRef, ok } from '../cluster/api';
import { instance, ref, removeNamespaces, waitForReady } from '../cluster/controller/instances';
import { installCrds } from '../cluster/install-crds';
import { createNamespace } from '../cluster/namespaces';
import { testCluster } from '../cluster/parts';
import { cluster, type GitMode, type GitModeOptions, RemoteRepository, startGitMode } from '../flux/git-mode';
import { startGitServer, type GitServer } from '../flux/git-server';
import { type Argo, type ArgoOptions, startArgo } from './argo';
import { applicationRef, type Followed, followWithArgo, refresh, stateOf, tipOf, unfollow } from './follow';
import { tellOfCommits } from './told';

export interface BedOptions extends ArgoOptions, Pick<Followed, 'serverSideDiff'> {
  /** Whether a webhook tells it of commits. @default true */
  readonly isTold?: boolean;
}

/** A repository, a controller that commits to it, and an Argo CD that applies what is committed. */
export class ArgoBed {
  private readonly ends: (() => Promise<unknown>)[] = [];
  private argo: Argo | undefined;
  private mode: GitMode | undefined;

  private constructor(
    private readonly api: Api,
    public readonly server: GitServer,
    public readonly remote: RemoteRepository,
    private readonly options: BedOptions,
  ) {}

  public static async begin(api: Api, options: BedOptions = {}): Promise<ArgoBed> {
    await installCrds(api);
    const server = await startGitServer();
    const bed = new ArgoBed(api, server, new RemoteRepository(server), options);
    bed.ends.push(
      () => server.stop(),
      async () => bed.remote.remove(),
      async () => bed.stopArgo(),
      async () => bed.stopController(),
    );
    try {
      await bed.remote.commitByOther('README.md', 'deployments\n');
      await bed.startArgo();
      if (options.isTold ?? true) bed.ends.push(tellOfCommits(api, server, cluster));
    } catch (error) {
      await bed.end();
      throw error;
    }
    return bed;
  }

  public async startArgo(): Promise<void> {
    this.argo = await startArgo(testCluster(), this.server, this.options);
  }

  /** How often Argo CD has looked at an Application since it was started. */
  public async looks(): Promise<number> {
    if (this.argo === undefined) throw new Error('Argo CD does not run');
    return this.argo.looks();
  }

  /** As when its namespace is scaled down: nobody looks, nobody applies. */
  public async stopArgo(): Promise<void> {
    await this.argo?.stop();
    this.argo = undefined;
  }

  /** Starts the controller, as one cluster of those in the repository. */
  public async startController(options: Pick<GitModeOptions, 'signingKey'> = {}): Promise<GitMode> {
    this.mode = await startGitMode(this.api, this.server, { engine: 'argocd', ...options });
    return this.mode;
  }

  public async stopController(): Promise<void> {
    await this.mode?.stop();
    this.mode = undefined;
  }

  /** New namespaces that Argo CD may apply to. */
  public async namespaces(count: number): Promise<string[]> {
    const names = await Promise.all(Array.from({ length: count }, () => createNamespace(this.api)));
    this.ends.push(() => removeNamespaces(this.api, names));
    const followed = { cluster, namespaces: names };
    this.ends.push(() => unfollow(this.api, this.server, followed));
    await this.follow(names);
    return names;
  }

  /** What `gitops init` writes for these namespaces. */
  public async follow(namespaces: readonly string[]): Promise<void> {
    const { serverSideDiff = true, keys } = this.options;
    const signatureKeys = keys && Object.keys(keys);
    await followWithArgo(this.api, this.server, { cluster, namespaces, serverSideDiff, signatureKeys });
  }

  public applicationOf(namespace: string, name: string): ObjectRef {
    return applicationRef(cluster, namespace, name);
  }

  /** `Synced Healthy` or another verdict of Argo CD, at the newest commit, after it looked anew. */
  public async judged(namespace: string, name: string, wanted = 'Synced Healthy'): Promise<KubeObject> {
    await this.serveIngress(namespace, name);
    const object = this.applicationOf(namespace, name);
    await refresh(this.api, object);
    // While a sync runs all may be in place before it has noted its end.
    const isDone = (found: KubeObject): boolean =>
      stateOf(found, tipOf(this.server)) === wanted &&
      found.metadata['annotations']?.['argocd.argoproj.io/refresh'] === undefined &&
      found['status'].operationState?.phase !== 'Running';
    return this.api.waitFor(object, isDone, 90_000);
  }

  /** Ready by our word, and Synced and Healthy by Argo CD's. */
  public async settled(namespace: string, name: string): Promise<KubeObject> {
    const live = await waitForReady(this.api, instance(namespace, name), 120_000);
    await this.judged(namespace, name);
    return live;
  }

  public async end(): Promise<void> {
    for (const end of this.ends.toReversed()) await end();
  }

  /** What an Ingress controller does: Argo CD takes an Ingress for healthy when it has an address. */
  private async serveIngress(namespace: string, name: string): Promise<void> {
    const ingress = ref('Ingress', namespace, name);
    if ((await this.api.get(ingress)).status !== 200) return;
    ok(await this.api.patch(ingress, { status: { loadBalancer: { ingress: [{ ip: '10.1.2.3' }] } } }, 'status'));
  }
}
