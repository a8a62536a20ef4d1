import { fieldsOf, linkOf, numberOf, textOf } from './fields';
import type { Dialect, ForgeHttpSettings } from './http';
import type { PullRequest } from './pull-request';
import { ReposForge } from './repos-forge';

const DIALECT: Dialect = {
  name: 'Gitea',
  headers: { accept: 'application/json' },
  authorization: (token) => ({ authorization: `token ${token}` }),
};

/** More are not given on one page. */
const PAGE = '50';

/** Pages that are looked through for the last one of a branch. */
const RECENT_PAGES = 4;

/** Gitea, and Forgejo, which has kept its API: https://docs.gitea.com/api/. */
export class GiteaForge extends ReposForge {
  /** @param project `owner/repository` */
  public constructor(settings: ForgeHttpSettings, project: string, base: string) {
    super(settings, DIALECT, project, base);
  }

  public async open(prefix: string): Promise<PullRequest[]> {
    const list = await this.http.list(this.path, { state: 'open', limit: PAGE });
    return this.ours(list).filter(({ branch }) => branch.startsWith(prefix));
  }

  /** There is no way to ask for those of one branch in every state: one that nothing has happened to for long is not found. */
  public async last(branch: string): Promise<PullRequest | undefined> {
    const list = await this.http.list(this.path, { state: 'all', sort: 'recentupdate', limit: PAGE }, RECENT_PAGES);
    return this.ours(list)
      .filter((one) => one.branch === branch)
      .toSorted((a, b) => b.number - a.number)[0];
  }

  protected read(value: unknown): PullRequest {
    return read(value);
  }

  private ours(list: readonly unknown[]): PullRequest[] {
    return list.filter((value) => isFromHere(value) && fieldsOf(fieldsOf(value)['base'])['ref'] === this.base).map(read);
  }
}

/** A fork may have a branch of the same name. */
function isFromHere(value: unknown): boolean {
  const { head, base } = fieldsOf(value);
  const [from, into] = [head, base].map((side) => fieldsOf(side)['repo_id']);
  return from !== undefined && from === into;
}

function read(value: unknown): PullRequest {
  const fields = fieldsOf(value);
  return {
    number: numberOf(fields['number']),
    url: linkOf(fields['html_url']),
    state: fields['state'] === 'open' ? 'open' : fields['merged'] === true ? 'merged' : 'closed',
    // The reference is another one once the branch is gone.
    branch: textOf(fieldsOf(fields['head'])['label']),
    title: textOf(fields['title']),
    body: textOf(fields['body']),
  };
}
