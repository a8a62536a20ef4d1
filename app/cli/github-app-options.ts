import { gitHubPlace } from '../../gitops/forge/forges';
import { GitHubApp } from '../../gitops/forge/github-app';
import { GitError } from '../../gitops/git/errors';
import { fileOf } from './file-of';
import { type FlagValues, text } from './flag-values';
import { UsageError } from './options';

/** The user that GitHub wants beside a token of an app. */
export const APP_USER = 'x-access-token';

/** Of the app, its installation and its key: all of them, or none. */
const APP_FLAGS = ['git-github-app-id', 'git-github-app-installation-id'] as const;
const KEY_FLAG = 'git-github-app-key-file';

/** Ids are numbers; an app has a client id too, which GitHub takes as well. */
const APP_ID = /^[A-Za-z0-9.]{1,40}$/;
const INSTALLATION = /^\d{1,20}$/;

/**
 * The GitHub App that the flags name; `undefined` where they name none.
 *
 * @throws UsageError where the flags contradict each other or something is missing
 */
export function gitHubAppOf(values: FlagValues, url: string | undefined): GitHubApp | undefined {
  const [problem] = gitHubAppProblems(values, url, text(values, KEY_FLAG) !== undefined);
  if (problem !== undefined) throw new UsageError(problem);
  const [id, installation] = APP_FLAGS.map((flag) => text(values, flag));
  const key = fileOf(values, KEY_FLAG);
  if (id === undefined || installation === undefined || key === undefined || url === undefined) return undefined;
  const stray = ['git-token-file', 'git-ssh-key-file', 'git-username', 'git-forge-token-file'].find(
    (flag) => text(values, flag) !== undefined,
  );
  if (stray !== undefined) throw new UsageError(`--git-github-app-id and --${stray} exclude each other: the app has tokens of its own`);
  try {
    const place = gitHubPlace(url, text(values, 'git-forge-url'));
    return new GitHubApp({
      ...place,
      id,
      installation,
      key: () => fileOf(values, KEY_FLAG) ?? '',
      isForPullRequests: (text(values, 'git-pull-requests') ?? 'off') !== 'off',
      certificateAuthorities: fileOf(values, 'git-ca-file'),
    });
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new UsageError(`--git-github-app-id: ${cause.message}`, { cause });
  }
}

/** What is wrong with the flags of an app, of the controller and of an install. @param hasKey its key is there, or will be */
export function gitHubAppProblems(values: FlagValues, url: string | undefined, hasKey: boolean): string[] {
  const given = APP_FLAGS.filter((flag) => text(values, flag) !== undefined);
  if (given.length === 0 && (!hasKey || text(values, KEY_FLAG) === undefined)) return [];
  const missing = [...APP_FLAGS.filter((flag) => !given.includes(flag)), ...(hasKey ? [] : [KEY_FLAG])];
  if (missing.length > 0) return [`a GitHub App needs --${missing.join(' and --')} as well`];
  const [id = '', installation = ''] = APP_FLAGS.map((flag) => text(values, flag));
  const problems: string[] = [];
  if (!APP_ID.test(id)) problems.push(`--git-github-app-id is "${id}": use the number of the app, or its client id`);
  if (!INSTALLATION.test(installation))
    problems.push(`--git-github-app-installation-id is "${installation}": use the number of the installation`);
  if (url?.startsWith('https:') !== true)
    problems.push('--git-github-app-id needs a --git-url that begins with https://: tokens are for HTTPS');
  const forge = text(values, 'git-forge');
  if (forge !== undefined && forge !== 'github')
    problems.push(`--git-github-app-id and --git-forge ${forge} exclude each other: use github`);
  return problems;
}
