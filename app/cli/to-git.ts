import type { ChangeSet, ManifestSet } from '../../constructs';
import { SinkError } from '../../constructs/sink';
import { packageVersion } from '../../controller/api/user-agent';
import { EXEMPTIONS, exemptionsOf } from '../../controller/git/guard';
import { systemClock } from '../../gitops/git/clock';
import { GitError } from '../../gitops/git/errors';
import { openFence } from '../../gitops/git/fence';
import { GitSink } from '../../gitops/publish/git-sink';
import { Publisher } from '../../gitops/publish/publisher';
import { branchPrefix } from '../../gitops/propose/names';
import { PullRequests } from '../../gitops/propose/pull-requests';
import type { ArgoSettings } from '../../gitops/engines/argo';
import type { Target } from '../../gitops/publish/batch-settings';
import type { TreeStore } from '../../gitops/publish/tree-store';
import { StandingInstances, branchOf, requireNamespaces } from './branch';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { pullRequestsOf } from './forge-options';
import { fluxOf, identityOf, onForeignChangeOf, remoteOf, signerOf } from './git-options';
import { UsageError } from './options';
import { changeLines } from './report';
import { Run, inputOptions } from './run';
import type { Streams } from './streams';

/** `synth --to-git`: the commits that the controller would make. */
export function toGit(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  return deliver(paths, values, streams, () => openBranch(values));
}

/** Where manifests go in place of the controller's. */
export interface Opened {
  readonly repository: TreeStore;
  readonly cluster: string;
  /** @default - what is published is the newest there */
  readonly target?: Target | undefined;
  /** How Argo CD is told of an instance that it is not told of yet. @default - by an index */
  readonly argo?: ArgoSettings | undefined;
  /** `the branch`. */
  readonly name: string;
}

/** Publishes what instances are rendered to, as the controller would. */
export async function deliver(
  paths: readonly string[],
  values: FlagValues,
  streams: Streams,
  open: () => Promise<Opened>,
): Promise<ExitCode> {
  const opened = await telling(open);
  const { repository, target } = opened;
  const publisher = new Publisher({
    repository,
    clock: systemClock,
    fence: openFence,
    engine: packageVersion(),
    onForeignChange: onForeignChangeOf(values),
    target,
  });
  try {
    const run = new Run(inputOptions(paths, values), streams, true);
    if (run.hasErrors || run.inputs.instances.length === 0) {
      run.report();
      return run.hasErrors ? 1 : 0;
    }
    requireNamespaces(run.synthesis.sets);
    await telling(() => publish(run, values, publisher, opened));
    return 0;
  } finally {
    await publisher.close();
  }
}

async function openBranch(values: FlagValues): Promise<Opened> {
  if (text(values, 'oci-repository') !== undefined) throw new UsageError('--to-git and --oci-repository exclude each other: use --to-oci');
  const signer = await signerOf(values);
  const [url = '', cluster = ''] = [text(values, 'git-url'), text(values, 'cluster-name')];
  // Others may be waiting on the branch of a batch, of whom a folder of files says nothing.
  if (text(values, 'git-pull-requests') === 'batch') {
    throw new UsageError('--git-pull-requests batch is for the controller, which knows all instances: use instance');
  }
  const remote = url === '' ? undefined : remoteOf(values, url);
  const pulls = remote && pullRequestsOf(values, remote);
  const settings = { identity: identityOf(values), createBranch: values['git-create-branch'] === true, signer };
  const { repository } = branchOf(values, '--to-git', { ...settings, ...(pulls && { beside: branchPrefix(cluster) }) });
  const means = { clock: systemClock, fence: openFence };
  const target = pulls && new PullRequests({ ...pulls, ...means, repository, cluster, base: remote.branch });
  return { repository, cluster, target, name: 'the branch' };
}

async function publish(run: Run, values: FlagValues, publisher: Publisher, { repository, cluster, argo, name }: Opened): Promise<void> {
  const tip = await repository.lsRemote();
  const base = tip === undefined ? undefined : await repository.fetchTip(tip);
  const prune = values['prune'] === true;
  const places = run.synthesis.sets.map((set) => ({ cluster, namespace: set.namespace ?? '', name: set.name }));
  const others = prune && base !== undefined ? await repository.instances(base, cluster) : [];
  const standing = await StandingInstances.read(repository, base, [...places, ...others]);
  if (standing.hasOverrides) run.renderWith((document) => standing.overridesOf(document));
  run.report();
  const waiting: string[] = [];
  const sink = new GitSink({
    publisher,
    repository,
    layout: { cluster, owner: text(values, 'git-owner') ?? standing.owner ?? (await anyOwner(repository, base, cluster)) },
    of: (set) => {
      const { flux = fluxOf(values), argo: application = argo, ...own } = standing.optionsFor(set);
      return { ...own, flux, argo: application, gate: { exemptions: exemptionsOf(annotationOf(run, set)) } };
    },
    enginesOf: (placement) => standing.enginesOf(placement),
    keepsOthers: !prune,
    allowMassDelete: values['confirm-deletions'] === true,
    over: text(values, 'write-over-commit'),
    onWaiting: ({ namespace, name: instance }, { branch, url }) =>
      waiting.push(`${namespace}/${instance} waits to be merged: ${url ?? `branch ${branch}`}`),
  });
  const isTry = values['dry-run'] === true;
  const changes = await (isTry ? sink.diff(run.synthesis.sets) : sink.apply(run.synthesis.sets));
  run.tell([
    ...changed(changes, run),
    ...waiting,
    isTry ? 'dry run: nothing was committed' : `${name} is at ${(await repository.lsRemote()) ?? 'nothing'}`,
  ]);
}

function changed(changes: ChangeSet, { detail }: Run): string[] {
  return changeLines(changes, '', detail).map((line) => line.replace(/^\//, ''));
}

function annotationOf({ inputs }: Run, { namespace, name }: ManifestSet): string | undefined {
  const document = inputs.instances.find((one) => one.name === name && one.namespace === namespace);
  const { annotations } = (document?.value['metadata'] ?? {}) as { readonly annotations?: Readonly<Record<string, string>> };
  return annotations?.[EXEMPTIONS];
}

/** All instances of a cluster have one owner. */
async function anyOwner(repository: TreeStore, base: string | undefined, cluster: string): Promise<string> {
  const [first] = base === undefined ? [] : await repository.instances(base, cluster);
  const owner = first && (await StandingInstances.read(repository, base, [first])).owner;
  if (owner !== undefined) return owner;
  throw new UsageError(
    "nothing of this cluster is there yet: give --git-owner, which kubectl get namespace kube-system -o jsonpath='{.metadata.uid}' prints",
  );
}

/** What the repository refuses is told in its words, with what to do. */
async function telling<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SinkError) throw new RunFailure(cause.message, { cause });
    if (cause instanceof GitError) throw new RunFailure(`${cause.message}; to do: ${cause.remedy}`, { cause });
    throw cause;
  }
}
