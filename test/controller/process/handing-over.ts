import { parse } from 'yaml';
import { Guard } from '../../../controller/git/guard';
import { DriftReader } from '../../../controller/git/drift-reader';
import { EngineReader } from '../../../controller/git/engine-reader';
import { LeftBehind } from '../../../controller/git/left-behind';
import { OwedRemovals } from '../../../controller/git/owed-removals';
import { RepositoryDelivery } from '../../../controller/git/repository-delivery';
import type { KubeObject } from '../../../controller/objects/objects';
import type { GitFactory, RunningGitDelivery } from '../../../controller/process/git-factory';
import { appliers } from '../../../gitops/engines/appliers';
import { applyContentType } from '../../../controller/api/port';
import { registeredKinds, resourcePath } from '../../../controller/objects/kinds';
import { merged } from '../fake-fields';
import { COMMITTED, REMOVED } from '../git/delivering';
import { ScriptedPublisher } from '../git/scripted-publisher';
import { World } from '../world';

const DELIVERY = 'openclaw.rocks/delivery';

/** A controller that applies and has a repository too, and an engine that a test plays. */
export class HandOver {
  public readonly scripted = new ScriptedPublisher();
  public world!: World;

  public static async begin(): Promise<HandOver> {
    const subject = new HandOver();
    subject.world = await World.start(undefined, { git: subject.factory });
    await subject.world.live();
    return subject;
  }

  public async ask(delivery: string | null): Promise<void> {
    this.world.api.edit('OpenClawInstance', 'alice', { metadata: { annotations: { [DELIVERY]: delivery } } });
    await this.world.settle();
  }

  /** The publisher has pushed. */
  public async commit(): Promise<void> {
    const isRemoval = this.scripted.asked.at(-1)?.startsWith('remove') ?? false;
    await this.scripted.answer(isRemoval ? REMOVED : COMMITTED);
    await this.world.settle();
  }

  /** What Flux does: it applies the files with the patches beside them, as itself, and takes what others hold. */
  public async sync(): Promise<void> {
    const files = this.scripted.requests.findLast(({ layout }) => layout !== undefined)?.layout?.files ?? [];
    const list = files.find(({ path }) => path.endsWith('/kustomization.yaml'))?.source as { patches?: { patch: string }[] };
    const patches = (list.patches ?? []).map(({ patch }) => parse(patch) as KubeObject).filter(({ kind }) => kind !== undefined);
    for (const { source } of files) {
      const manifest = source as KubeObject | undefined;
      if (manifest?.kind === undefined || ['Kustomization'].includes(manifest.kind)) continue;
      const body = patches
        .filter(({ kind, metadata }) => kind === manifest.kind && metadata.name === manifest.metadata.name)
        .reduce<unknown>(merged, manifest);
      const path = resourcePath(registeredKinds.of(manifest), manifest.metadata.namespace, manifest.metadata.name);
      await this.world.api.request({
        method: 'PATCH',
        path,
        body,
        contentType: applyContentType,
        query: { fieldManager: appliers.flux, force: 'true' },
      });
    }
    await this.world.settle();
  }

  public get delivery(): string | undefined {
    return this.world.instance.status?.delivery;
  }

  public get workload(): KubeObject {
    return this.world.api.get('StatefulSet', 'alice');
  }

  /** By object: who applied it, and whether it has an owner. */
  public get held(): Record<string, string> {
    const { api } = this.world;
    const objects = api
      .names()
      .map((name) => name.split(' ') as [string, string])
      .filter(([kind]) => !['OpenClawInstance', 'Secret'].includes(kind));
    return Object.fromEntries(
      objects.map(([kind, name]) => {
        const { managedFields = [], ownerReferences = [] } = api.get(kind, name).metadata;
        const who = managedFields.filter(({ operation }) => operation === 'Apply').map(({ manager }) => manager);
        return [`${kind} ${name}`, [...who.toSorted(), ...(ownerReferences.length > 0 ? ['owned'] : [])].join(' ')];
      }),
    );
  }

  private get factory(): GitFactory {
    return async ({ api, caches, clock, log, namespace, wake }): Promise<RunningGitDelivery> => {
      const { publisher } = this.scripted;
      const flux = { source: 'deploy' };
      return new RepositoryDelivery({
        publisher,
        engine: new EngineReader(api, caches, clock, flux),
        drift: new DriftReader(api, caches, clock),
        left: new LeftBehind({ api, caches, publisher, cluster: 'prod', owner: 'uid-of-kube-system', clock, log }),
        repository: { url: 'https://git.example/fleet', branch: 'main' },
        cluster: 'prod',
        owner: 'uid-of-kube-system',
        flux,
        guard: new Guard(api, caches, appliers.flux),
        owed: new OwedRemovals(api, namespace, 'prod'),
        isTaken: () => true,
        clock,
        log,
        wake,
      });
    };
  }
}
