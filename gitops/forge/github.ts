import { fieldsOf, linkOf, numberOf, textOf } from './fields';
import type { Dialect, ForgeHttpSettings } from './http';
import type { PullRequest } from './pull-request';
import { ReposForge } from './repos-forge';

/** How GitHub wants to be spoken to. */
export const GITHUB: Dialect = {
  name: 'GitHub',
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  authorization: (token) => ({ authorization: `Bearer ${token}` }),
};

/** GitHub, also on servers of one's own: https://docs.github.com/rest/pulls/pulls. */
export class GitHubForge extends ReposForge {
  /** @param project `owner/repository` */
  public constructor(settings: ForgeHttpSettings, project: string, base: string) {
    super(settings, GITHUB, project, base);
  }

  public async open(prefix: string): Promise<PullRequest[]> {
    const list = await this.http.list(this.path, { state: 'open', base: this.base, per_page: '100' });
    return list
      .filter(isFromHere)
      .map(read)
      .filter(({ branch }) => branch.startsWith(prefix));
  }

  public async last(branch: string): Promise<PullRequest | undefined> {
    const [owner = ''] = this.project.split('/');
    const query = { state: 'all', head: `${owner}:${branch}`, base: this.base, sort: 'created', direction: 'desc', per_page: '10' };
    const list = await this.http.list(this.path, query);
    return list
      .filter(isFromHere)
      .map(read)
      .find((one) => one.branch === branch);
  }

  protected read(value: unknown): PullRequest {
    return read(value);
  }
}

/** A fork may have a branch of the same name. */
function isFromHere(value: unknown): boolean {
  const { head, base } = fieldsOf(value);
  const [from, into] = [head, base].map((side) => fieldsOf(fieldsOf(side)['repo'])['id']);
  return from !== undefined && from === into;
}

function read(value: unknown): PullRequest {
  const fields = fieldsOf(value);
  const isMerged = textOf(fields['merged_at']) !== '';
  return {
    number: numberOf(fields['number']),
    url: linkOf(fields['html_url']),
    state: fields['state'] === 'open' ? 'open' : isMerged ? 'merged' : 'closed',
    branch: textOf(fieldsOf(fields['head'])['ref']),
    title: textOf(fields['title']),
    body: textOf(fields['body']),
  };
}
