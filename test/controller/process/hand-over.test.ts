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
import { COMMITTED, REMOVED, failed } from '../git/delivering';
import { ScriptedPublisher } from '../git/scripted-publisher';
import { World, stopAll } from '../world';

afterEach(stopAll);

const DELIVERY = 'openclaw.rocks/delivery';
const DIGEST = 'openclaw.rocks/release-digest';

/** A controller that applies and has a repository too, and an engine that a test plays. */
class HandOver {
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

/** Claims have no owner. */
function all(held: Record<string, string>, but: RegExp = /^PersistentVolumeClaim /): string[] {
  return [...new Set(Object.entries(held).flatMap(([name, who]) => (but.test(name) ? [] : [who])))];
}

describe('from apply to Git', () => {
  it('is applied until the engine has it, restarts nothing, and is let go object by object', async () => {
    const subject = await HandOver.begin();
    const { generation } = subject.workload.metadata;
    await subject.ask('git');
    expect([subject.scripted.asked, subject.delivery, subject.world.condition('Ready')]).toEqual([
      ['publish team-a/alice'],
      'apply',
      'True ReconcileSucceeded',
    ]);
    await subject.commit();
    expect([subject.delivery, subject.world.condition('Applied'), subject.world.condition('Ready')]).toEqual([
      'apply',
      'Unknown HandingOver',
      'True ReconcileSucceeded',
    ]);
    // Nobody has come yet: what the spec says is applied as before.
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: { note: 'a' } } });
    await subject.world.settle();
    expect(JSON.stringify(subject.workload['spec'])).toContain('"note":"a"');
    const edited = subject.workload.metadata.generation;
    expect(edited).toBe((generation ?? 0) + 1);
    await subject.commit();
    await subject.sync();
    expect(subject.delivery).toBe('git');
    expect(all(subject.held)).toEqual(['kustomize-controller']);
    expect(subject.held['PersistentVolumeClaim alice-data']).toBe('kustomize-controller');
    expect(subject.workload.metadata.generation).toBe(edited);
    await subject.world.live();
    expect([subject.world.condition('Ready'), subject.world.condition('Applied'), subject.world.condition('Committed')]).toEqual([
      'True ReconcileSucceeded',
      'True Applied',
      'True Committed',
    ]);
    expect(subject.world.api.events.filter((event) => event.startsWith('HandedOver'))).toEqual([
      'HandedOver: delivered by "git" from now on',
    ]);
    // And it stays so, without a write.
    subject.world.api.forgetRequests();
    for (let pass = 0; pass < 5; pass += 1) await subject.world.passAll();
    expect(subject.world.api.writes).toEqual([]);
  });

  it('that is called off leaves the repository again, and nothing else changes', async () => {
    const subject = await HandOver.begin();
    const before = subject.workload;
    await subject.ask('git');
    await subject.commit();
    await subject.ask('apply');
    expect(subject.scripted.asked.at(-1)).toBe('remove team-a/alice');
    await subject.commit();
    expect([subject.delivery, subject.world.instance.status?.git, subject.workload['spec']]).toEqual(['apply', undefined, before['spec']]);
    expect(subject.world.condition('Ready')).toBe('True ReconcileSucceeded');
  });

  it('that the repository refuses changes nothing: it is applied on', async () => {
    const subject = await HandOver.begin();
    await subject.ask('git');
    await subject.scripted.answer(failed('GIT-AUTH', Infinity));
    await subject.world.settle();
    expect([subject.delivery, subject.world.condition('Committed'), subject.world.condition('Ready')]).toEqual([
      'apply',
      'False GitAuth',
      'True ReconcileSucceededDegraded',
    ]);
  });
});

async function inGit(): Promise<HandOver> {
  const subject = await HandOver.begin();
  await subject.ask('git');
  await subject.commit();
  await subject.sync();
  await subject.world.live();
  return subject;
}

describe('from Git to apply', () => {
  it('takes the fields of the engine, applies, and then leaves the repository: nothing restarts, nothing is left over', async () => {
    const subject = await inGit();
    const { generation } = subject.workload.metadata;
    await subject.ask('apply');
    expect([subject.scripted.asked.at(-1), subject.delivery]).toEqual(['remove team-a/alice', 'git']);
    expect(all(subject.held, /^(?:PersistentVolumeClaim|ConfigMap alice-release)/)).toEqual(['openclaw-controller owned']);
    expect(subject.world.condition('Ready')).toBe('True ReconcileSucceeded');
    await subject.commit();
    expect([subject.delivery, subject.world.instance.status?.git]).toEqual(['apply', undefined]);
    expect(subject.workload.metadata.annotations?.[DIGEST]).toBeUndefined();
    expect(subject.workload.metadata.generation).toBe(generation);
    expect(subject.world.api.names()).not.toContain('ConfigMap alice-release');
    expect(subject.world.api.names()).toContain('PersistentVolumeClaim alice-data');
    // What the spec no longer says goes: no dead manager holds it.
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: { note: 'a' } } });
    await subject.world.settle();
    subject.world.api.edit('OpenClawInstance', 'alice', { spec: { podAnnotations: null } });
    await subject.world.settle();
    expect(JSON.stringify(subject.workload['spec'])).not.toContain('"note"');
    subject.world.api.forgetRequests();
    for (let pass = 0; pass < 5; pass += 1) await subject.world.passAll();
    expect(subject.world.api.writes).toEqual([]);
  });

  it('outlasts an engine that had not heard of it and applies once more', async () => {
    const subject = await inGit();
    await subject.ask('apply');
    await subject.commit();
    await subject.sync();
    expect(subject.workload.metadata.annotations?.[DIGEST]).toBeUndefined();
    expect(all(subject.held)).toEqual(['openclaw-controller owned']);
    expect(subject.world.api.names()).not.toContain('ConfigMap alice-release');
  });

  it('waits for an engine that would delete everything with its own object, and names it', async () => {
    const subject = await inGit();
    const kustomization = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'team-a.alice', namespace: 'flux-system' },
    };
    subject.world.api.seed({ ...kustomization, spec: { prune: true } });
    await subject.ask('apply');
    expect(subject.scripted.asked.at(-1)).toBe('publish team-a/alice');
    expect(subject.world.condition('Committed')).toBe('False EngineDeletes');
    subject.world.api.edit('Kustomization', 'team-a.alice', { spec: { deletionPolicy: 'Orphan' } }, 'kubectl-edit', 'flux-system');
    await subject.world.passAll();
    expect(subject.scripted.asked.at(-1)).toBe('remove team-a/alice');
  });

  it('and back again before it is through goes on in Git', async () => {
    const subject = await inGit();
    const { generation } = subject.workload.metadata;
    await subject.ask('apply');
    await subject.ask('git');
    await subject.commit();
    await subject.sync();
    expect([subject.delivery, all(subject.held), subject.workload.metadata.generation]).toEqual([
      'git',
      ['kustomize-controller'],
      generation,
    ]);
  });
});

it('a deletion on the way leaves the repository by a tombstone, whatever side it was on', async () => {
  const subject = await HandOver.begin();
  await subject.ask('git');
  await subject.commit();
  await subject.world.api.remove('OpenClawInstance', 'alice');
  await subject.world.settle();
  expect(subject.scripted.asked.at(-1)).toBe('bury team-a/alice');
  expect(subject.world.condition('Ready')).toBe('False Terminating');
});

it('a setting of the controller alone moves nothing', async () => {
  const first = await World.start();
  await first.live();
  await stopAll();
  const second = await World.start(() => undefined, { api: first.api, delivery: 'git' });
  second.loop.wakeAll();
  await second.settle();
  expect(first.condition('Ready')).toBe('False DeliveryChange');
});
