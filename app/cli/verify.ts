import type { ManifestSet } from '../../constructs';
import { GitError } from '../../gitops/git/errors';
import { instanceDirectory } from '../../gitops/git/names';
import { layout } from '../../gitops/layout/layout';
import { replacementFor } from '../../gitops/publish/publish';
import type { Repository } from '../../gitops/publish/repository';
import { StandingInstances, branchOf, requireNamespaces } from './branch';
import { type ExitCode, RunFailure } from './exit-code';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';
import { Run, inputOptions } from './run';
import type { Streams } from './streams';

/** `verify`: whether a commit holds what these instances are rendered to, byte for byte. */
export async function verify(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  const id = text(values, 'commit');
  if (id !== undefined && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id))
    throw new UsageError(`--commit is "${id}": give the whole id of a commit`);
  const run = new Run(inputOptions(paths, values), streams, true);
  if (run.hasErrors) {
    run.report();
    return 1;
  }
  requireNamespaces(run.synthesis.sets);
  try {
    const { repository, cluster } = branchOf(values, 'verify', { createBranch: false });
    try {
      const base = await baseOf(repository, id);
      const lines = await compared(run, repository, cluster, base);
      run.report();
      streams.stdout(lines.map(({ line }) => `${line}\n`).join(''));
      return lines.every(({ isSame }) => isSame) ? 0 : 1;
    } finally {
      repository.close();
    }
  } catch (cause) {
    if (cause instanceof GitError) throw new RunFailure(`${cause.message}; to do: ${cause.remedy}`, { cause });
    throw cause;
  }
}

async function baseOf(repository: Repository, id: string | undefined): Promise<string> {
  if (id !== undefined) return repository.fetchCommit(id);
  const tip = await repository.lsRemote();
  if (tip === undefined) throw new GitError('GIT-BRANCH-MISSING', 'the branch has no commit');
  return repository.fetchTip(tip);
}

interface Verdict {
  readonly line: string;
  readonly isSame: boolean;
}

async function compared(run: Run, repository: Repository, cluster: string, base: string): Promise<Verdict[]> {
  const places = run.synthesis.sets.map(({ namespace = '', name }) => ({ cluster, namespace, name }));
  const standing = await StandingInstances.read(repository, base, places);
  if (standing.hasOverrides) run.renderWith((document) => standing.overridesOf(document));
  const verdicts: Verdict[] = [];
  for (const set of run.synthesis.sets) verdicts.push(await verdictOn(set, standing, repository, cluster, base));
  return verdicts;
}

async function verdictOn(
  set: ManifestSet,
  standing: StandingInstances,
  repository: Repository,
  cluster: string,
  base: string,
): Promise<Verdict> {
  const what = `${set.namespace ?? ''}/${set.name}`;
  const owner = standing.ownerOf(set);
  if (owner === undefined) return { line: `${what}: commit ${base} does not have it`, isSame: false };
  const laid = layout(set, { cluster, owner, ...standing.optionsFor(set) });
  const replacement = replacementFor({ placement: laid.placement, layout: laid, owner });
  const { changes, tree } = (await repository.open(base, [replacement])).inspect(replacement);
  if (changes.length === 0) return { line: `${what}: tree ${tree ?? ''} of commit ${base} is what these files give`, isSame: true };
  const directory = `${instanceDirectory(laid.placement)}/`;
  const files = changes.map(({ id, action }) => `${id.startsWith(directory) ? id.slice(directory.length) : id} ${WORDS[action]}`);
  return {
    line: [`${what}: commit ${base} differs from what these files give`, ...files.map((file) => `  ${file}`)].join('\n'),
    isSame: false,
  };
}

/** A change is told of as one from the commit to the files. */
const WORDS = {
  created: 'is missing',
  configured: 'differs',
  deleted: 'is not theirs',
  unchanged: 'is the same',
  unknown: 'is not known',
} as const;
