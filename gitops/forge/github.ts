import { createdOr } from './created';
import { fieldsOf, linkOf, numberOf, textOf } from './fields';
import { type Dialect, ForgeHttp, type ForgeHttpSettings } from './http';
import type { Forge, PullRequest, PullRequestText } from './pull-request';

const DIALECT: Dialect = {
  name: 'GitHub',
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  authorization: (token) => ({ authorization: `Bearer ${token}` }),
};

/** GitHub, also on servers of one's own: https://docs.github.com/rest/pulls/pulls. */
export class GitHubForge implements Forge {
  public readonly name = DIALECT.name;
  private readonly http: ForgeHttp;
  private readonly path: string;

  /** @param project `owner/repository` */
  public constructor(
    settings: ForgeHttpSettings,
    private readonly project: string,
    private readonly base: string,
  ) {
    this.http = new ForgeHttp(settings, DIALECT);
    this.path = `/repos/${project.split('/').map(encodeURIComponent).join('/')}/pulls`;
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

  public create(branch: string, text: PullRequestText): Promise<PullRequest> {
    return createdOr(
      async () => read(await this.http.send('POST', this.path, { ...text, head: branch, base: this.base })),
      () => this.last(branch),
    );
  }

  public async update(number: number, text: PullRequestText): Promise<PullRequest> {
    return read(await this.http.send('PATCH', `${this.path}/${number}`, text));
  }

  public async close(number: number, text: PullRequestText): Promise<void> {
    await this.http.send('PATCH', `${this.path}/${number}`, { ...text, state: 'closed' });
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
