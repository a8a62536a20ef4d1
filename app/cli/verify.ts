import type { ManifestSet } from '../../constructs';
import { GitError } from '../../gitops/git/errors';
import { instanceDirectory } from '../../gitops/git/names';
import { layout } from '../../gitops/layout/layout';
import { replacementFor } from '../../gitops/publish/publish';
import { type ArtifactVerifier, cosignVerifier } from '../../gitops/oci/cosign';
import { OciStore } from '../../gitops/oci/oci-store';
import type { TreeStore } from '../../gitops/publish/tree-store';
import { StandingInstances, placeOf, requireNamespaces } from './branch';
import { type ExitCode, RunFailure } from './exit-code';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';
import { Run, inputOptions } from './run';
import type { Streams } from './streams';

/** `verify`: whether a commit, or an artifact, holds what these instances are rendered to, byte for byte; and whose an artifact is. */
export async function verify(paths: readonly string[], values: FlagValues, streams: Streams): Promise<ExitCode> {
  const key = verifierOf(values);
  const run = new Run(inputOptions(paths, values), streams, true);
  if (run.hasErrors) {
    run.report();
    return 1;
  }
  requireNamespaces(run.synthesis.sets);
  try {
    const { repository, cluster } = placeOf(values, 'verify');
    try {
      const base = await baseOf(repository, values);
      const what = `${repository instanceof OciStore ? 'artifact' : 'commit'} ${base}`;
      const signature = repository instanceof OciStore ? await signatureOf(repository, base, key) : [];
      const lines = [...signature, ...(await compared(run, { repository, cluster, base, what }))];
      run.report();
      streams.stdout(lines.map(({ line }) => `${line}\n`).join(''));
      return lines.every(({ isGood }) => isGood) ? 0 : 1;
    } finally {
      repository.close();
    }
  } catch (cause) {
    if (cause instanceof GitError) throw new RunFailure(`${cause.message}; to do: ${cause.remedy}`, { cause });
    throw cause;
  }
}

/** Whose signature an artifact has to have; `undefined` where no key is given. */
function verifierOf(values: FlagValues): ArtifactVerifier | undefined {
  const key = fileOf(values, 'oci-key-file');
  if (key === undefined) return undefined;
  if (text(values, 'oci-repository') === undefined) {
    throw new UsageError('--oci-key-file needs --oci-repository: signatures of commits are for git verify-commit');
  }
  try {
    return cosignVerifier(key);
  } catch (cause) {
    if (cause instanceof GitError) throw new UsageError(`--oci-key-file: ${cause.message}`, { cause });
    throw cause;
  }
}

async function baseOf(repository: TreeStore, values: FlagValues): Promise<string> {
  const id = text(values, 'commit');
  if (id !== undefined) {
    const [form, what] =
      repository instanceof OciStore
        ? [/^sha256:[0-9a-f]{64}$/, 'digest of an artifact, sha256:...']
        : [/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'id of a commit'];
    if (!form.test(id)) throw new UsageError(`--commit is "${id}": give the whole ${what}`);
    return repository.fetchRevision(id);
  }
  const tip = await repository.lsRemote();
  if (tip !== undefined) return repository.fetchTip(tip);
  if (repository instanceof OciStore)
    throw new GitError('OCI-FAILED', 'the tag has no artifact', 'push one first, or name another tag by --oci-tag');
  throw new GitError('GIT-BRANCH-MISSING', 'the branch has no commit');
}

/** That nobody looked is said as well: the bytes alone do not tell who wrote them. */
async function signatureOf(store: OciStore, id: string, key: ArtifactVerifier | undefined): Promise<Verdict[]> {
  if (key === undefined)
    return [{ line: `artifact ${id}: its signature is not looked at; give --oci-key-file, or ask cosign verify`, isGood: true }];
  const isGood = await store.isSignedBy(key, id);
  return [{ line: `artifact ${id} ${isGood ? 'is' : 'is not'} signed by ${key.fingerprint}`, isGood }];
}

interface Verdict {
  readonly line: string;
  readonly isGood: boolean;
}

/** What instances are compared with. */
interface Base {
  readonly repository: TreeStore;
  readonly cluster: string;
  readonly base: string;
  /** The same in words. */
  readonly what: string;
}

async function compared(run: Run, against: Base): Promise<Verdict[]> {
  const { repository, cluster, base } = against;
  const places = run.synthesis.sets.map(({ namespace = '', name }) => ({ cluster, namespace, name }));
  const standing = await StandingInstances.read(repository, base, places);
  if (standing.hasOverrides) run.renderWith((document) => standing.overridesOf(document));
  const verdicts: Verdict[] = [];
  for (const set of run.synthesis.sets) verdicts.push(await verdictOn(set, standing, against));
  return verdicts;
}

async function verdictOn(set: ManifestSet, standing: StandingInstances, { repository, cluster, base, what }: Base): Promise<Verdict> {
  const name = `${set.namespace ?? ''}/${set.name}`;
  const owner = standing.ownerOf(set);
  if (owner === undefined) return { line: `${name}: ${what} does not have it`, isGood: false };
  const laid = layout(set, { cluster, owner, ...standing.optionsFor(set) });
  const replacement = replacementFor({ placement: laid.placement, layout: laid, owner });
  const { changes, tree } = (await repository.open(base, [replacement])).inspect(replacement);
  if (changes.length === 0) return { line: `${name}: tree ${tree ?? ''} of ${what} is what these files give`, isGood: true };
  const directory = `${instanceDirectory(laid.placement)}/`;
  const files = changes.map(({ id, action }) => `${id.startsWith(directory) ? id.slice(directory.length) : id} ${WORDS[action]}`);
  return {
    line: [`${name}: ${what} differs from what these files give`, ...files.map((file) => `  ${file}`)].join('\n'),
    isGood: false,
  };
}

/** A change is told of as one from what is there to the files. */
const WORDS = {
  created: 'is missing',
  configured: 'differs',
  deleted: 'is not theirs',
  unchanged: 'is the same',
  unknown: 'is not known',
} as const;
