import { createdOr } from './created';
import { fieldsOf, linkOf, numberOf, textOf } from './fields';
import { type Dialect, ForgeHttp, type ForgeHttpSettings } from './http';
import type { Forge, PullRequest, PullRequestText, PushOptions } from './pull-request';

const DIALECT: Dialect = {
  name: 'GitLab',
  headers: { accept: 'application/json' },
  authorization: (token) => ({ 'private-token': token }),
};

/** GitLab: https://docs.gitlab.com/api/merge_requests/. */
export class GitLabForge implements Forge {
  public readonly name = DIALECT.name;
  private readonly http: ForgeHttp;
  private readonly path: string;

  /** @param project its path with all groups, `group/sub/project` */
  public constructor(
    settings: ForgeHttpSettings,
    project: string,
    private readonly base: string,
  ) {
    this.http = new ForgeHttp(settings, DIALECT);
    this.path = `/projects/${encodeURIComponent(project)}/merge_requests`;
  }

  public async open(prefix: string): Promise<PullRequest[]> {
    const list = await this.http.list(this.path, { state: 'opened', target_branch: this.base, per_page: '100' });
    return list
      .filter(isFromHere)
      .map(read)
      .filter(({ branch }) => branch.startsWith(prefix));
  }

  public async last(branch: string): Promise<PullRequest | undefined> {
    const query = { source_branch: branch, target_branch: this.base, order_by: 'created_at', sort: 'desc', per_page: '10' };
    const list = await this.http.list(this.path, query);
    return list
      .filter(isFromHere)
      .map(read)
      .find((one) => one.branch === branch);
  }

  public create(branch: string, text: PullRequestText): Promise<PullRequest> {
    const wish = { ...written(text), source_branch: branch, target_branch: this.base, remove_source_branch: true };
    return createdOr(
      async () => read(await this.http.send('POST', this.path, wish)),
      () => this.last(branch),
    );
  }

  public async update(number: number, text: PullRequestText): Promise<PullRequest> {
    return read(await this.http.send('PUT', `${this.path}/${number}`, written(text)));
  }

  public async close(number: number, text: PullRequestText): Promise<void> {
    await this.http.send('PUT', `${this.path}/${number}`, { ...written(text), state_event: 'close' });
  }
}

/**
 * GitLab without a token for its API: it opens the merge request by itself, with the subject and the body of the commit, and closes it when the
 * branch goes. https://docs.gitlab.com/topics/git/commit/#push-options-for-merge-requests
 */
export function gitLabPushOptions(base: string): PushOptions {
  return { name: 'GitLab', pushOptions: ['merge_request.create', `merge_request.target=${base}`, 'merge_request.remove_source_branch'] };
}

function written({ title, body }: PullRequestText): { readonly title: string; readonly description: string } {
  return { title, description: body };
}

/** A fork may have a branch of the same name. */
function isFromHere(value: unknown): boolean {
  const { source_project_id: from, target_project_id: into } = fieldsOf(value);
  return from !== undefined && from === into;
}

function read(value: unknown): PullRequest {
  const fields = fieldsOf(value);
  const { state } = fields;
  return {
    number: numberOf(fields['iid']),
    url: linkOf(fields['web_url']),
    // `locked` is one whose merge is under way.
    state: state === 'opened' || state === 'locked' ? 'open' : state === 'merged' ? 'merged' : 'closed',
    branch: textOf(fields['source_branch']),
    title: textOf(fields['title']),
    body: textOf(fields['description']),
  };
}
