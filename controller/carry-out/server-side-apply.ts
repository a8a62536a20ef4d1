import { type ApiError, isConflict } from '../api/errors';
import type { ApiPort } from '../api/port';
import { apply } from '../api/requests';
import type { FieldConflict } from '../decide/outcome';
import type { KubeObject } from '../objects/objects';

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
  ) {}

  /** Makes an object on the condition that there is none of its name. @throws isConflict where there is one */
  public async create(desired: KubeObject): Promise<KubeObject> {
    const metadata = { ...desired.metadata, resourceVersion: NO_VERSION };
    return (await apply(this.api, { ...desired, metadata }, { fieldManager: this.fieldManager })).object;
  }

  /** Unforced first: the conflict then names who held what. A conflict that names nobody is not forced. */
  public async over(desired: KubeObject): Promise<Applied> {
    const { fieldManager } = this;
    try {
      return { object: (await apply(this.api, desired, { fieldManager })).object, conflicts: [] };
    } catch (error) {
      const conflicts = isConflict(error) ? conflictsOf(error) : [];
      if (conflicts.length === 0) throw error;
      return { object: (await apply(this.api, desired, { fieldManager, force: true })).object, conflicts };
    }
  }

  /** What the object would be after an apply, forced where it must be. Changes nothing. */
  public async preview(desired: KubeObject): Promise<KubeObject> {
    return (await apply(this.api, desired, { fieldManager: this.fieldManager, force: true, dryRun: true })).object;
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
