import { patient } from '../../patience/patience.cjs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type * as constructs from '../../../constructs';
import { Api, ok, type KubeObject, type ObjectRef } from '../../cluster/api';
import type { ClusterFiles } from '../../cluster/cluster';
import type { Settings } from './phases';
import type { Fleet } from './fleet';

/** How the floor is written: by plain POSTs, or by server-side apply, as the controller writes, and with the instances themselves. */
export type FloorWay = 'create' | 'apply';

type Core = Pick<typeof constructs, 'render' | 'resolve'>;

/**
 * The floor under a fleet: the objects that the controller makes for its instances, with the same labels, owner references and account. There is no
 * controller; ConfigMaps stand in for the instances as owners.
 */
export class PlainFleet {
  private constructor(
    private readonly admin: Api,
    private readonly api: Api,
    private readonly fleet: Fleet,
    /** Of each instance its own, in the order of application. */
    private readonly objects: readonly (readonly KubeObject[])[],
    private readonly concurrency: number,
  ) {}

  /** Renders all objects and makes their owners. @param token of the controller's account */
  public static async prepare(cluster: ClusterFiles, token: string, admin: Api, fleet: Fleet, settings: Settings): Promise<PlainFleet> {
    const { lib, concurrency } = settings;
    const core: Core = require(join(lib, 'constructs', 'index.js'));
    const objects: KubeObject[][] = [];
    for (const written of fleet.instances('first')) objects.push(objectsOf(core, written, await createOwner(admin, written)));
    return new PlainFleet(admin, new Api({ ...cluster, token }), fleet, objects, Number(concurrency));
  }

  /** Creates every object: as many instances at a time as the controller makes passes, and each in order, for a RoleBinding needs its Role. */
  public async write(way: FloorWay): Promise<void> {
    // What users write costs the server as well, and no controller changes that.
    const written = way === 'apply' ? this.fleet.write('first') : undefined;
    const rest = this.objects.values();
    const worker = async (): Promise<void> => {
      for (const objects of rest) for (const object of objects) ok(await this.api[way](object));
    };
    await Promise.all([written, ...Array.from({ length: this.concurrency }, worker)]);
  }

  /** Waits until every pod is ready, looking as rarely as a fleet is looked at. */
  public async untilReady(timeoutMs: number): Promise<void> {
    const { namespaces, size } = this.fleet;
    const end = Date.now() + patient(timeoutMs);
    for (;;) {
      const all = await this.admin.list('apps/v1', 'StatefulSet', undefined, { resourceVersion: '0' });
      const ready = all.filter(({ metadata, status }) => namespaces.includes(metadata.namespace ?? '') && status?.readyReplicas >= 1);
      if (ready.length >= size) return;
      if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for pods of plain objects: ${ready.length} of ${size} are ready`);
      await delay(1000);
    }
  }

  /** Takes everything away, so that no controller finds it. */
  public async remove(timeoutMs: number): Promise<void> {
    this.api.close();
    const namespaces = this.fleet.namespaces.map((name): ObjectRef => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));
    await Promise.all(namespaces.map((namespace) => this.admin.delete(namespace)));
    await Promise.all(namespaces.map((namespace) => this.admin.waitForGone(namespace, timeoutMs)));
  }
}

async function createOwner(admin: Api, { metadata: { name = '', namespace = '' } }: KubeObject): Promise<object> {
  const owner = ok(await admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-owner`, namespace } }));
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** What the controller would make: Secrets that it fills itself, and the manifests. */
function objectsOf({ render, resolve }: Core, written: KubeObject, owner: object): KubeObject[] {
  const resolution = resolve(written as unknown as Parameters<Core['resolve']>[0]);
  if (!resolution.ok) throw new Error(`an instance of the fleet is invalid: ${JSON.stringify(resolution.issues)}`);
  const manifests = render(resolution.instance);
  const labels = manifests[0]?.metadata.labels ?? {};
  const secrets = resolution.references.flatMap(({ name, generate }): KubeObject[] => {
    if (generate === undefined) return [];
    // About as long as what the controller would fill in: random bytes, or a line of bcrypt.
    const data = Object.fromEntries(Object.keys(generate.keys).map((key) => [key, randomBytes(48).toString('base64')]));
    const metadata = { name, namespace: written.metadata.namespace ?? '', labels };
    return [{ apiVersion: 'v1', kind: 'Secret', type: generate.type, metadata, data }];
  });
  return [...secrets, ...manifests].map((object) =>
    // The collector must never take data along, so a claim has no owner.
    object.kind === 'PersistentVolumeClaim' ? object : { ...object, metadata: { ...object.metadata, ownerReferences: [owner] } },
  );
}
