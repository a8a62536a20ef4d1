import { type ApiError, isConflict } from '../api/errors';
import type { ApiPort } from '../api/port';
import { type ApplyOptions, apply } from '../api/requests';
import type { FieldConflict } from '../decide/outcome';
import { type KindTable, registeredKinds } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { withSharedTexts } from '../objects/shared-texts';

/** A version that no object has: the first write of a new cluster makes the second one. */
const NO_VERSION = '1';

/** What came of an apply over an object that was there. */
export interface Applied {
  readonly object: KubeObject;
  /** Fields that were taken from others. */
  readonly conflicts: readonly FieldConflict[];
}

/** Server-side apply of single objects as one field manager. Knows nothing of owners, and remembers nothing. */
export class ServerSideApply {
  public constructor(
    private readonly api: ApiPort,
    private readonly fieldManager: string,
    /** @default - the kinds of the registered parts */
    private readonly kinds: KindTable = registeredKinds,
  ) {}

  /** Makes an object on the condition that there is none of its name. @throws isConflict where there is one */
  public async create(desired: KubeObject): Promise<KubeObject> {
    const metadata = { ...desired.metadata, resourceVersion: NO_VERSION };
    return this.send({ ...desired, metadata });
  }

  /** Unforced first: the conflict then names who held what. A conflict that names nobody is not forced. */
  public async over(desired: KubeObject): Promise<Applied> {
    try {
      return { object: await this.send(desired), conflicts: [] };
    } catch (error) {
      const conflicts = isConflict(error) ? conflictsOf(error) : [];
      if (conflicts.length === 0) throw error;
      return { object: await this.send(desired, { force: true }), conflicts };
    }
  }

  /** States the number of pods of a workload, and nothing else of it. */
  public async scale({ apiVersion, kind, metadata: { name, namespace } }: KubeObject, replicas: number): Promise<KubeObject> {
    const metadata = { name, ...(namespace !== undefined && { namespace }) };
    return this.send({ apiVersion, kind, metadata, spec: { replicas } }, { force: true });
  }

  /** What the object would be after an apply, forced where it must be. Changes nothing. */
  public async preview(desired: KubeObject): Promise<KubeObject> {
    return this.send(desired, { force: true, dryRun: true });
  }

  private async send(desired: KubeObject, options: Pick<ApplyOptions, 'force' | 'dryRun'> = {}): Promise<KubeObject> {
    const { api, fieldManager, kinds } = this;
    return withSharedTexts((await apply(api, desired, { ...options, fieldManager, kind: kinds.of(desired) })).object);
  }
}

/** Who holds which fields, from the causes of a conflict: `conflict with "kubectl-edit" using v1`. */
function conflictsOf({ details }: ApiError): FieldConflict[] {
  const fields = new Map<string, string[]>();
  for (const { reason, message = '', field = '' } of details.causes ?? []) {
    const manager = /conflict with "([^"]*)"/.exec(message)?.[1];
    if (reason !== 'FieldManagerConflict' || manager === undefined) continue;
    fields.set(manager, [...(fields.get(manager) ?? []), field]);
  }
  return [...fields].map(([manager, paths]) => ({ manager, fields: paths }));
}
