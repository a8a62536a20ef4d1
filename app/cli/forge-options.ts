import { FORGES, type ForgeKind, forgeOf } from '../../gitops/forge/forges';
import { checkForgeUrl } from '../../gitops/forge/http';
import { gitLabPushOptions } from '../../gitops/forge/gitlab';
import type { Forge, PushOptions } from '../../gitops/forge/pull-request';
import { GitError } from '../../gitops/git/errors';
import type { GitHubApp } from '../../gitops/forge/github-app';
import type { RemoteSettings } from '../../gitops/git/remote-settings';
import type { Grouping } from '../../gitops/propose/names';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** How changes become pull requests. */
export interface PullRequestOptions {
  readonly grouping: Grouping;
  readonly forge: Forge | PushOptions;
}

const WITHOUT_TOKEN = 'gitlab-push-options';

/**
 * What the flags say of pull requests; `undefined` where changes are committed to the branch.
 *
 * @throws UsageError where the flags contradict each other or something is missing
 */
export function pullRequestsOf(
  values: FlagValues,
  remote: RemoteSettings & { readonly app?: GitHubApp | undefined },
): PullRequestOptions | undefined {
  const grouping = text(values, 'git-pull-requests') ?? 'off';
  if (grouping === 'off') {
    const alone = ['git-forge', ...(remote.app ? [] : ['git-forge-url']), 'git-forge-token-file'].filter(
      (flag) => text(values, flag) !== undefined,
    );
    if (alone.length > 0) {
      throw new UsageError(`--${alone.join(', --')} ${alone.length > 1 ? 'need' : 'needs'} --git-pull-requests instance or batch`);
    }
    return undefined;
  }
  if (grouping !== 'instance' && grouping !== 'batch') {
    throw new UsageError(`--git-pull-requests is "${grouping}": use off, instance or batch`);
  }
  if (values['git-create-branch'] === true) {
    throw new UsageError('--git-create-branch and --git-pull-requests exclude each other: a pull request goes into a branch that is there');
  }
  return { grouping, forge: forgeIn(values, remote) };
}

/** A registry has no branches that somebody could merge. @throws UsageError */
export function refusePullRequests(values: FlagValues): void {
  if ((text(values, 'git-pull-requests') ?? 'off') !== 'off') {
    throw new UsageError('--git-pull-requests is for --git-url: a registry has nothing that could be merged');
  }
}

/** What the controller would refuse at its start, of the flags of an install. */
export function pullRequestProblems(values: FlagValues, url: string, forgeSecret: string | undefined): string[] {
  const [how = 'off', forge] = [text(values, 'git-pull-requests'), text(values, 'git-forge')];
  if (!['off', 'instance', 'batch'].includes(how)) return [`--git-pull-requests is "${how}": use off, instance or batch`];
  if (how === 'off') {
    const hasApp = text(values, 'git-github-app-id') !== undefined;
    const alone = ['git-forge', ...(hasApp ? [] : ['git-forge-url']), 'git-forge-secret'].filter(
      (flag) => text(values, flag) !== undefined,
    );
    return alone.map((flag) => `--${flag} needs --git-pull-requests instance or batch`);
  }
  if (url.startsWith('oci://')) return ['--git-pull-requests is for --git-url: a registry has nothing that could be merged'];
  const kinds = [...FORGES, WITHOUT_TOKEN];
  const problems: string[] = [];
  if (forge === undefined || !kinds.includes(forge)) problems.push(`--git-pull-requests needs --git-forge: ${kinds.join(', ')}`);
  if (values['git-create-branch'] === true) problems.push('--git-create-branch and --git-pull-requests exclude each other: drop one');
  const hasToken = forgeSecret !== undefined || /^https?:/.test(url) || forge === WITHOUT_TOKEN;
  if (!hasToken) problems.push('--git-pull-requests needs --git-forge-secret: an ssh key opens no pull request');
  const api = text(values, 'git-forge-url');
  try {
    if (api !== undefined) checkForgeUrl(api);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    problems.push(`--git-forge-url: ${error.message}`);
  }
  return problems;
}

function forgeIn(values: FlagValues, remote: RemoteSettings & { readonly app?: GitHubApp | undefined }): Forge | PushOptions {
  const kind = text(values, 'git-forge');
  const kinds = [...FORGES, WITHOUT_TOKEN];
  if (kind === undefined) throw new UsageError(`--git-pull-requests needs --git-forge: ${kinds.join(', ')}`);
  const url = text(values, 'git-forge-url');
  if (kind === WITHOUT_TOKEN) {
    if (url !== undefined || text(values, 'git-forge-token-file') !== undefined) {
      throw new UsageError(`--git-forge ${WITHOUT_TOKEN} asks nothing of an API: drop --git-forge-url and --git-forge-token-file`);
    }
    return gitLabPushOptions(remote.branch);
  }
  if (!FORGES.includes(kind as ForgeKind)) throw new UsageError(`--git-forge is "${kind}": use ${kinds.join(', ')}`);
  const token = remote.app ? '' : tokenOf(values);
  if (token === undefined) {
    throw new UsageError(`--git-forge ${kind} needs --git-forge-token-file: a file with a token that may write pull requests`);
  }
  try {
    return forgeOf({
      kind: kind as ForgeKind,
      repository: remote.url,
      base: remote.branch,
      url,
      // A mounted Secret changes its files when it is rotated.
      token: () => remote.app?.token() ?? currentToken(values) ?? token,
      certificateAuthorities: remote.certificateAuthorities,
    });
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new UsageError(`--git-forge-url, --git-url: ${cause.message}`, { cause });
  }
}

/** One token often serves both. */
function tokenOf(values: FlagValues): string | undefined {
  const token = (fileOf(values, 'git-forge-token-file') ?? fileOf(values, 'git-token-file'))?.trim();
  if (token !== undefined && !/^[\u0021-\u007e]+$/.test(token)) {
    throw new UsageError('the token of the forge is no single word of printable characters: look at its file');
  }
  return token;
}

/** A file that is being replaced is read the next time. */
function currentToken(values: FlagValues): string | undefined {
  try {
    return tokenOf(values);
  } catch {
    return undefined;
  }
}
