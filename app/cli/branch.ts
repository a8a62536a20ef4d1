/** A branch as it is looked at, and written, from the command line. */
import type { ManifestSet, Override } from '../../constructs';
import type { LayoutOptions } from '../../gitops/layout/layout';
import { type Standing, standingOf } from '../../gitops/layout/standing';
import { releaseOf } from '../../controller/decide/additions';
import { createGit } from '../../gitops/git/git';
import { openFence } from '../../gitops/git/fence';
import { type Placement, argoDirectory, fluxDirectory, instanceDirectory, isDirectoryName } from '../../gitops/git/names';
import { Repository, type RepositorySettings } from '../../gitops/publish/repository';
import type { TreeStore } from '../../gitops/publish/tree-store';
import type { SourceDocument } from '../input/read-documents';
import { readYaml } from '../input/read-yaml';
import { type FlagValues, text } from './flag-values';
import { remoteOf } from './git-options';
import { artifactsOf, storeFactory, strayArtifactFlags } from './oci-options';
import { UsageError } from './options';

/** The repository and the cluster that the flags name. The repository has to be closed. */
export function branchOf(
  values: FlagValues,
  what: string,
  settings: RepositorySettings,
): { readonly repository: Repository; readonly cluster: string } {
  const [url, cluster] = [text(values, 'git-url'), text(values, 'cluster-name')];
  if (url === undefined || cluster === undefined) throw new UsageError(`${what} needs --git-url and --cluster-name`);
  if (!isDirectoryName(cluster)) throw new UsageError(`--cluster-name is "${cluster}": use lower-case letters, digits and '-'`);
  return { repository: new Repository(createGit(remoteOf(values, url)), settings), cluster };
}

/** The same to be read, or the artifacts of a registry in its place. It has to be closed. */
export function placeOf(values: FlagValues, what: string): { readonly repository: TreeStore; readonly cluster: string } {
  const stray = strayArtifactFlags(values);
  if (stray !== undefined) throw new UsageError(stray);
  const cluster = text(values, 'cluster-name');
  if (text(values, 'oci-repository') === undefined) return branchOf(values, what, { createBranch: false });
  if (text(values, 'git-url') !== undefined) throw new UsageError('--git-url and --oci-repository exclude each other: give one');
  if (cluster === undefined) throw new UsageError(`${what} needs --oci-repository and --cluster-name`);
  if (!isDirectoryName(cluster)) throw new UsageError(`--cluster-name is "${cluster}": use lower-case letters, digits and '-'`);
  const build = storeFactory(values, artifactsOf(values, cluster)!, 'pull');
  return { repository: build({ ownership: { cluster }, signer: undefined, fence: openFence }), cluster };
}

export function requireNamespaces(sets: readonly { readonly name: string; readonly namespace?: string | undefined }[]): void {
  const homeless = sets.find(({ namespace }) => namespace === undefined);
  if (homeless) throw new UsageError(`the instance ${homeless.name} names no namespace: give one with -n`);
}

function read(content: string, file: string): unknown[] {
  return readYaml(content, file).documents.map(({ value }) => value);
}

/** What a commit has of each instance, beside what follows from its spec. */
export class StandingInstances {
  private constructor(private readonly standing: ReadonlyMap<string, Standing>) {}

  /** @param base a commit that is here; without one nothing stands */
  public static async read(repository: TreeStore, base: string | undefined, places: readonly Placement[]): Promise<StandingInstances> {
    if (base === undefined) return new StandingInstances(new Map());
    const [{ cluster } = { cluster: '' }] = places;
    const files = await repository.files(base, [...places.map(instanceDirectory), fluxDirectory(cluster), argoDirectory(cluster)]);
    return new StandingInstances(new Map(places.map((place) => [`${place.namespace}/${place.name}`, standingOf(place, files, read)])));
  }

  public get hasOverrides(): boolean {
    return [...this.standing.values()].some(({ overrides = [] }) => overrides.length > 0);
  }

  /** Whose the directories are that there are. */
  public get owner(): string | undefined {
    return [...this.standing.values()].find(({ owner }) => owner !== undefined)?.owner;
  }

  /** Whose the directory of an instance is. */
  public ownerOf({ namespace = '', name }: Pick<ManifestSet, 'namespace' | 'name'>): string | undefined {
    return this.standing.get(`${namespace}/${name}`)?.owner;
  }

  public overridesOf({ namespace = '', name }: Pick<SourceDocument, 'namespace' | 'name'>): readonly Override[] {
    return this.standing.get(`${namespace}/${name}`)?.overrides ?? [];
  }

  /** What the layout of an instance depends on, as the controller would have it. */
  public optionsFor({ namespace = '', name, manifests }: ManifestSet): Pick<LayoutOptions, 'additions' | 'overrides' | 'flux' | 'argo'> {
    const { secretHash, overrides, flux, argo } = this.standing.get(`${namespace}/${name}`) ?? {};
    const instance = { metadata: { name, namespace, uid: '' } };
    const { additions } = releaseOf(manifests, { instance, delivery: 'git', secretHash });
    return { additions, overrides, flux, argo };
  }

  /** How an engine is told of it, which a tombstone needs as well. */
  public enginesOf({ namespace, name }: Placement): Pick<LayoutOptions, 'flux' | 'argo'> {
    const { flux, argo } = this.standing.get(`${namespace}/${name}`) ?? {};
    return { flux, argo };
  }
}
