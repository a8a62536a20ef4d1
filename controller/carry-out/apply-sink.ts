import type { Manifest } from '../../constructs';
import type { ApiPort } from '../api/port';
import type { ObjectOutcome } from '../decide/outcome';
import { type KindTable, registeredKinds } from '../objects/kinds';
import type { KubeObject, LiveInstance } from '../objects/objects';
import { OURS } from '../objects/writers';
import { type KnownObjects, ObjectApply, type Preview, type RefusedObject } from './object-apply';
import { instanceOwner } from './owner';

/** Our field manager. */
export const FIELD_MANAGER = OURS;

/** Server-side apply of the manifests of instances that are in the cluster: the way of the controller. */
export class ApplySink {
  private readonly objects: ObjectApply;

  /** @param kinds those that manifests may be of. @default - the kinds of the registered parts */
  public constructor(api: ApiPort, known: KnownObjects, kinds: KindTable = registeredKinds) {
    this.objects = new ObjectApply({ api, known, kinds, fieldManager: FIELD_MANAGER });
  }

  /** Makes one object what its manifest says. Never throws for what the server answers. */
  public async apply(manifest: Manifest, instance: LiveInstance): Promise<ObjectOutcome> {
    return this.objects.apply(manifest, instanceOwner(instance));
  }

  /** What `apply` would do: a dry run that is sent once for the same content. Never throws for what the server answers. */
  public async preview(manifest: Manifest, instance: LiveInstance): Promise<Preview> {
    return this.objects.preview(manifest, instanceOwner(instance));
  }

  /** Why the server would refuse an apply over an object that is there; see {@link ObjectApply.refusal}. */
  public async refusal(manifest: Manifest, instance: LiveInstance): Promise<RefusedObject | undefined> {
    return this.objects.refusal(manifest, instanceOwner(instance));
  }

  /** Removes an object that nothing asks for any more; this very one, and not a later one of its name. */
  public async prune(object: KubeObject, instance: LiveInstance): Promise<boolean> {
    return this.objects.prune(object, instanceOwner(instance));
  }

  /** Drops what is remembered of an instance that is gone. */
  public forget(key: { readonly namespace: string; readonly name: string }): void {
    this.objects.forget(key);
  }
}
