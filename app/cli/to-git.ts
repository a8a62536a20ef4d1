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
import type { CommitSigner } from '../../gitops/git/signer';
import type { Repository } from '../../gitops/publish/repository';
import { StandingInstances, branchOf, requireNamespaces } from './branch';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { type PullRequestOptions, pullRequestsOf } from './forge-options';
import { fluxOf, identityOf, onForeignChangeOf, remoteOf, signerOf } from './git-options';
import { UsageError } from './options';
import { changeLines } from './report';
import { Run, inputOptions } from './run';
import type { Streams } from './streams';

/** `synth --to-git`: the commits that the controller would make. */
export async function toGit(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  const signer = await telling(() => signerOf(values));
  const { repository, cluster, pulls } = await telling(() => open(values, signer));
  const publisher = new Publisher({
    repository,
    clock: systemClock,
    fence: openFence,
    engine: packageVersion(),
    onForeignChange: onForeignChangeOf(values),
    target: pulls && new PullRequests({ ...pulls, repository, clock: systemClock, fence: openFence, cluster }),
  });
  try {
    const run = new Run(inputOptions(paths, values), streams, true);
    if (run.hasErrors || run.inputs.instances.length === 0) {
      run.report();
      return run.hasErrors ? 1 : 0;
    }
    requireNamespaces(run.synthesis.sets);
    await telling(() => commit(run, values, { repository, publisher, cluster }));
    return 0;
  } finally {
    await publisher.close();
  }
}

interface Opened {
  readonly repository: Repository;
  readonly cluster: string;
  readonly pulls: (PullRequestOptions & { readonly base: string }) | undefined;
}

async function open(values: FlagValues, signer: CommitSigner | undefined): Promise<Opened> {
  const [url = '', cluster = ''] = [text(values, 'git-url'), text(values, 'cluster-name')];
  // Others may be waiting on the branch of a batch, of whom a folder of files says nothing.
  if (text(values, 'git-pull-requests') === 'batch') {
    throw new UsageError('--git-pull-requests batch is for the controller, which knows all instances: use instance');
  }
  const remote = url === '' ? undefined : remoteOf(values, url);
  const pulls = remote && pullRequestsOf(values, remote);
  const settings = { identity: identityOf(values), createBranch: values['git-create-branch'] === true, signer };
  const branch = branchOf(values, '--to-git', { ...settings, ...(pulls && { beside: branchPrefix(cluster) }) });
  return { ...branch, pulls: pulls && { ...pulls, base: remote.branch } };
}

interface Means {
  readonly repository: Repository;
  readonly publisher: Publisher;
  readonly cluster: string;
}

async function commit(run: Run, values: FlagValues, { repository, publisher, cluster }: Means): Promise<void> {
  const tip = await repository.lsRemote();
  const base = tip === undefined ? undefined : await repository.fetchTip(tip);
  const places = run.synthesis.sets.map(({ namespace = '', name }) => ({ cluster, namespace, name }));
  const standing = await StandingInstances.read(repository, base, places);
  if (standing.hasOverrides) run.renderWith((document) => standing.overridesOf(document));
  run.report();
  const waiting: string[] = [];
  const sink = new GitSink({
    publisher,
    repository,
    layout: { cluster, owner: text(values, 'git-owner') ?? standing.owner ?? (await anyOwner(repository, base, cluster)) },
    of: (set) => {
      const { flux = fluxOf(values), ...own } = standing.optionsFor(set);
      return { ...own, flux, gate: { exemptions: exemptionsOf(annotationOf(run, set)) } };
    },
    keepsOthers: values['prune'] !== true,
    allowMassDelete: values['confirm-deletions'] === true,
    over: text(values, 'write-over-commit'),
    onWaiting: ({ namespace, name }, { branch, url }) =>
      waiting.push(`${namespace}/${name} waits to be merged: ${url ?? `branch ${branch}`}`),
  });
  const isTry = values['dry-run'] === true;
  const changes = await (isTry ? sink.diff(run.synthesis.sets) : sink.apply(run.synthesis.sets));
  run.tell([
    ...changed(changes, run),
    ...waiting,
    isTry ? 'dry run: nothing was committed' : `the branch is at ${(await repository.lsRemote()) ?? 'nothing'}`,
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
async function anyOwner(repository: Repository, base: string | undefined, cluster: string): Promise<string> {
  const [first] = base === undefined ? [] : await repository.instances(base, cluster);
  const owner = first && (await StandingInstances.read(repository, base, [first])).owner;
  if (owner !== undefined) return owner;
  throw new UsageError(
    "the branch has no instance of this cluster yet: give --git-owner, which kubectl get namespace kube-system -o jsonpath='{.metadata.uid}' prints",
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
