/** The two sides of a plan: files, a branch, or a cluster. */
import type { Manifest, ManifestSet } from '../../constructs';
import { isError } from '../../constructs';
import { labels } from '../../constructs/wire/names';
import { findCluster } from '../../controller/api/find-cluster';
import { HttpApi } from '../../controller/api/http-api';
import { type WouldBe, wouldBe } from '../../controller/carry-out/would-be';
import { systemClock } from '../../gitops/git/clock';
import { openFence } from '../../gitops/git/fence';
import { instanceDirectory } from '../../gitops/git/names';
import { isManifestFile, manifestsIn } from '../../gitops/layout/manifests-in';
import { readInputs } from '../input/inputs';
import { DocumentReader } from '../input/read-documents';
import { StandingInstances, placeOf, requireNamespaces } from './branch';
import { RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { issueLine } from './report';
import type { Run } from './run';
import { finding } from './start-failure';
import { synthesize } from './synthesize';

/** The two sides of a plan. */
export interface Sides {
  readonly before: readonly ManifestSet[];
  readonly after: readonly ManifestSet[];
}

function keyOf({ namespace = '', name }: ManifestSet): string {
  return `${namespace}/${name}`;
}

/** Instances that nobody asked about are left out, unless all that is missing is to go. */
function among(base: readonly ManifestSet[], wanted: readonly ManifestSet[], prune: boolean): ManifestSet[] {
  const asked = new Set(wanted.map(keyOf));
  return base.filter((set) => prune || asked.has(keyOf(set)));
}

/** Manifests as `synth` wrote them, or instances, which are rendered: an older state of the same files. */
export function fileSides(path: string, wanted: readonly ManifestSet[], prune: boolean): Sides {
  const reader = new DocumentReader();
  reader.read(path);
  const [issue] = reader.issues;
  if (issue) throw new RunFailure(`${issue.file}:${issue.line}: ${issue.message}`);
  const inputs = readInputs([path]);
  const { sets, issues } = synthesize(inputs, true);
  const errors = issues.filter(isError);
  if (inputs.instances.length > 0 && errors.length > 0) throw new RunFailure(errors.map((error) => issueLine(error)).join('\n'));
  const rendered = reader.documents.filter(({ value }) => isOurs(value)).map(({ value }) => value as unknown as Manifest);
  return { before: among([...sets, ...grouped(rendered)], wanted, prune), after: wanted };
}

function isOurs(value: Readonly<Record<string, unknown>>): boolean {
  const { kind, metadata } = value as Partial<Manifest>;
  return (
    kind !== 'OpenClawInstance' && metadata?.labels?.[labels.managedBy] !== undefined && metadata.labels[labels.instance] !== undefined
  );
}

/** By the instance that their labels name. */
function grouped(manifests: readonly Manifest[]): ManifestSet[] {
  const sets = new Map<string, { name: string; namespace?: string; manifests: Manifest[] }>();
  for (const manifest of manifests) {
    const { namespace: own, labels: found = {} } = manifest.metadata;
    const name = found[labels.instance] ?? '';
    const namespace = found[labels.ownNamespace] ?? own;
    const key = `${namespace ?? ''}/${name}`;
    const set = sets.get(key) ?? { name, ...(namespace !== undefined && { namespace }), manifests: [] };
    set.manifests.push(manifest);
    sets.set(key, set);
  }
  return [...sets.values()];
}

/**
 * The files of the branch, without what Git mode adds to them, against what is wanted: with what holds in place of the specs on the branch, as the
 * controller would commit it.
 */
export async function gitSides(values: FlagValues, run: Run, prune: boolean): Promise<Sides> {
  const before = await heldInGit(values, '--base git', run.synthesis.sets, prune, (standing) => {
    if (standing.hasOverrides) run.renderWith((document) => standing.overridesOf(document));
  });
  return { before, after: run.synthesis.sets };
}

/**
 * What the branch holds of the instances, without what Git mode adds to the files.
 *
 * @param flag by which a branch was asked for
 * @param prune whether instances that are not among them count too
 * @param onStanding told of what the branch has of those instances beside their objects. @default - nobody is
 */
export async function heldInGit(
  values: FlagValues,
  flag: string,
  wanted: readonly ManifestSet[],
  prune: boolean,
  onStanding: (standing: StandingInstances) => void = () => {},
): Promise<readonly ManifestSet[]> {
  requireNamespaces(wanted);
  const { repository, cluster } = placeOf(values, flag);
  try {
    const tip = await repository.lsRemote();
    if (tip === undefined) return [];
    const base = await repository.fetchTip(tip);
    const asked = wanted.map(({ namespace = '', name }) => ({ cluster, namespace, name }));
    onStanding(await StandingInstances.read(repository, base, asked));
    const places = prune ? await repository.instances(base, cluster) : asked;
    const files = await repository.files(base, places.map(instanceDirectory));
    return places.flatMap(({ namespace, name }): ManifestSet[] => {
      const directory = `${instanceDirectory({ cluster, namespace, name })}/`;
      const manifests = [...files]
        .filter(([path]) => path.startsWith(directory))
        .flatMap(([path, content]) => (isManifestFile(path, { cluster, namespace, name }) ? manifestsIn(content, { name }) : []));
      return manifests.length > 0 ? [{ namespace, name, manifests }] : [];
    });
  } finally {
    repository.close();
  }
}

/** Dry runs on the server. */
export async function clusterSides(values: FlagValues, wanted: readonly ManifestSet[]): Promise<Sides> {
  requireNamespaces(wanted);
  const kubeconfig = text(values, 'kubeconfig');
  const access = await finding(() => findCluster(kubeconfig === undefined ? {} : { kubeconfig }));
  const api = new HttpApi({ access, clock: systemClock, fence: openFence });
  try {
    const all: WouldBe[] = [];
    for (const set of wanted) all.push(await wouldBe(api, set));
    const refused = all.flatMap((one) => one.refused);
    if (refused.length > 0) throw new RunFailure(refused.map((line) => `the API server would refuse ${line}`).join('\n'));
    return { before: all.flatMap(({ before }) => before ?? []), after: all.map(({ after }) => after) };
  } finally {
    api.close();
  }
}
