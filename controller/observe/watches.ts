import type { Clock } from '../../gitops/git/clock';
import { liveCopy } from '../api/joined-list-watch';
import type { Selection } from '../api/list';
import { ListTurns } from '../api/list-turns';
import type { AccessVerb, ListWatchOptions, LiveCopy } from '../api/live-copy';
import type { ApiPort } from '../api/port';
import { type Kind, instances, namespaces as namespaceKind } from '../objects/kinds';
import type { KubeObject } from '../objects/objects';
import { type Scope, watchedNamespaces } from '../objects/scope';
import { MissingRightsError, rightText } from './missing-rights';

export interface WatchesSettings {
  readonly api: ApiPort;
  readonly clock: Clock;
  /** A list or watch failed and will be tried again. */
  readonly onError: ListWatchOptions['onError'] & {};
  /** A right to list or watch a kind is missing, or was granted again. */
  readonly onRight: (right: string, isMissing: boolean) => void;
  /** @default - everything */
  readonly scope?: Scope | undefined;
  /** The controller's own namespace. */
  readonly ownNamespace: string;
}

/** Makes the copies of what the cluster holds, of no more than the scope asks for, and knows which rights to keep them are missing. */
export class Watches {
  private readonly made: LiveCopy<never>[] = [];
  private readonly turns: ListTurns;
  /** By kind: what the role of the controller lacks, in words. */
  private readonly missing = new Map<Kind, string>();

  public constructor(private readonly settings: WatchesSettings) {
    this.turns = new ListTurns(settings.clock);
  }

  /** Every copy, in the order in which they were asked for. */
  public get all(): readonly LiveCopy<never>[] {
    return this.made;
  }

  /** @param withOwn whether it has to have the objects in the controller's own namespace, whatever the scope is */
  public make<T extends KubeObject = KubeObject>(kind: Kind, options: Partial<ListWatchOptions<T>> = {}, withOwn = false): LiveCopy<T> {
    const { api, clock, onError, scope = {} } = this.settings;
    const label = kind === instances && scope.watchLabel !== undefined ? { labelSelector: scope.watchLabel } : {};
    const all = {
      api,
      clock,
      kind,
      onError,
      turns: this.turns,
      onAccess: (verbs: readonly AccessVerb[]) => this.noteAccess(kind, verbs),
      ...options,
      ...label,
    };
    const copy = liveCopy<T>(all, this.selectionsOf(kind, withOwn));
    this.made.push(copy as unknown as LiveCopy<never>);
    return copy;
  }

  /** Rights that the role of the controller lacks, such as `list and watch networkpolicies.networking.k8s.io`, sorted. */
  public get missingRights(): readonly string[] {
    return [...this.missing.values()].toSorted();
  }

  /** @throws {@link MissingRightsError} where one of them was never listed */
  public require(copies: readonly Pick<LiveCopy, 'kind' | 'missingAccess'>[]): void {
    const unknown = copies.flatMap((copy) => (isListed(copy) ? [] : (this.missing.get(copy.kind) ?? [])));
    if (unknown.length > 0) throw new MissingRightsError(unknown);
  }

  /** @returns `undefined` for the whole of a kind */
  private selectionsOf(kind: Kind, withOwn: boolean): Selection[] | undefined {
    const { scope: { namespaces } = {}, ownNamespace } = this.settings;
    if (namespaces === undefined) return undefined;
    if (kind === namespaceKind) {
      // A right to these names is enough for that.
      return watchedNamespaces(namespaces, ownNamespace).map((name) => ({ fieldSelector: `metadata.name=${name}` }));
    }
    if (!kind.namespaced) return undefined;
    return [...new Set([...namespaces, ...(withOwn ? [ownNamespace] : [])])].map((namespace) => ({ namespace }));
  }

  private noteAccess(kind: Kind, verbs: readonly AccessVerb[]): void {
    const before = this.missing.get(kind);
    const now = verbs.length > 0 ? rightText(kind, verbs) : undefined;
    if (now === undefined) this.missing.delete(kind);
    else this.missing.set(kind, now);
    const told = now ?? before;
    if (told !== undefined) this.settings.onRight(told, now !== undefined);
  }
}

/** Whether its objects are known. */
export function isListed({ missingAccess }: { readonly missingAccess: readonly AccessVerb[] }): boolean {
  return !missingAccess.includes('list');
}
