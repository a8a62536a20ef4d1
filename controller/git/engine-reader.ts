import type { Clock } from '../../gitops/git/clock';
import type { FluxSettings } from '../../gitops/engines/flux';
import { ARGO_NAMESPACE, applicationName } from '../../gitops/engines/argo-names';
import { type Placement, fluxName, instanceDirectory } from '../../gitops/git/names';
import { ApiError, ConnectionError } from '../api/errors';
import type { ApiPort } from '../api/port';
import { get } from '../api/requests';
import type { EngineObject } from '../decide/outcome';
import { type Kind, argoApplications, fluxKustomizations } from '../objects/kinds';
import { type KubeObject, keyText } from '../objects/objects';
import type { Caches } from '../observe/caches';

/** An engine is asked no more often for one instance. */
const FRESH_MS = 30_000;

/** One that was not there yet is looked for sooner: it follows the first commit by seconds. */
const MISSING_FRESH_MS = 2_000;

/** On what Argo CD applied, where it tracks by annotation: `NAME:group/Kind:...`, or `NAMESPACE_NAME:...` of an Application elsewhere. */
const TRACKING = 'argocd.argoproj.io/tracking-id';

interface Read {
  readonly until: number;
  readonly engine: EngineObject;
}

/** Where an engine keeps its object for an instance. */
interface Place {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly message?: string;
}

/** Tells what an engine that keeps an instance waiting is called, and what it complains of. */
export class EngineReader {
  private readonly reads = new Map<string, Read>();

  public constructor(
    private readonly api: ApiPort,
    private readonly caches: Caches,
    private readonly clock: Clock,
    /** @default - Argo CD delivers */
    private readonly flux: FluxSettings | undefined,
  ) {}

  /** The engine's object for an instance. It is read where we may; a name is told in any case. */
  public async of(placement: Placement): Promise<EngineObject> {
    const key = keyText(placement);
    const now = this.clock.monotonic();
    let read = this.reads.get(key);
    if (read === undefined || now >= read.until) {
      const { isThere, ...engine } = await this.read(placement);
      this.reads.set(key, (read = { until: now + (isThere ? FRESH_MS : MISSING_FRESH_MS), engine }));
    }
    return read.engine;
  }

  /**
   * The name of the engine's object for an instance, if it takes along what it applied when it is deleted itself. Nothing is said where there is
   * none or where we may not read it.
   */
  public async deletesWithItself(placement: Placement): Promise<string | undefined> {
    const { kind, namespace, name } = this.placeOf(placement);
    try {
      const found = await get(this.api, kind, namespace, name);
      if (found === undefined || !(this.flux ? deletesFlux(found) : deletesArgo(found))) return undefined;
      return `${kind.kind} ${name} in namespace ${namespace}`;
    } catch (error) {
      if (error instanceof ApiError || error instanceof ConnectionError) return undefined;
      throw error;
    }
  }

  /** Drops what is remembered of an instance that is gone (`namespace/name`). */
  public forget(key: string): void {
    this.reads.delete(key);
  }

  private placeOf(placement: Placement): Place {
    if (this.flux) return { kind: fluxKustomizations, namespace: this.flux.namespace ?? 'flux-system', name: fluxName(placement) };
    const objects = this.caches.labelled(placement);
    const tracking = objects.map(({ metadata }) => metadata.annotations?.[TRACKING]).find((id) => id !== undefined);
    const [, namespace = ARGO_NAMESPACE, name = applicationName(placement)] = /^(?:([^_:]+)_)?([^:]+):/.exec(tracking ?? '') ?? [];
    return { kind: argoApplications, namespace, name };
  }

  private async read(placement: Placement): Promise<EngineObject & { readonly isThere: boolean }> {
    const { kind, namespace, name } = this.placeOf(placement);
    const named = { name: `${kind.kind} ${name} in namespace ${namespace}` };
    try {
      const found = await get(this.api, kind, namespace, name);
      const said = found ? complaintOf(found) : 'it is not in the cluster';
      // Whoever sets up Argo CD names the Applications.
      if (found === undefined && !this.flux)
        return { isThere: false, name: `the Application of Argo CD for ${instanceDirectory(placement)}` };
      return { isThere: found !== undefined, ...named, ...(said !== undefined && { said }) };
    } catch (error) {
      // We may have no right to read it, and no answer is no news.
      if (error instanceof ApiError || error instanceof ConnectionError) return { isThere: true, ...named };
      throw error;
    }
  }
}

function deletesFlux({ spec }: KubeObject): boolean {
  const { deletionPolicy = 'MirrorPrune', prune } = (spec ?? {}) as { readonly deletionPolicy?: string; readonly prune?: boolean };
  return deletionPolicy === 'Delete' || (deletionPolicy === 'MirrorPrune' && prune === true);
}

function deletesArgo({ metadata: { finalizers = [] } }: KubeObject): boolean {
  return finalizers.some((finalizer) => finalizer.startsWith('resources-finalizer.argocd.argoproj.io'));
}

/** Words that stay the same while the fault does: progress is no complaint. */
function complaintOf(engine: KubeObject): string | undefined {
  const { conditions = [], operationState } = (engine['status'] ?? {}) as {
    readonly conditions?: readonly Condition[];
    readonly operationState?: { readonly phase?: string; readonly message?: string };
  };
  // Argo CD's conditions are all complaints, and have no status.
  const complaint = conditions.find(({ type = '', status }) => (type === 'Ready' && status === 'False') || type.endsWith('Error'));
  const failed = ['Failed', 'Error'].includes(operationState?.phase ?? '') ? operationState?.message : undefined;
  return complaint?.message ?? failed;
}
