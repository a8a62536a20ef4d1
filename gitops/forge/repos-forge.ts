import { createdOr } from './created';
import { type Dialect, ForgeHttp, type ForgeHttpSettings } from './http';
import type { Forge, PullRequest, PullRequestText } from './pull-request';

/** What the API of GitHub and those that are made after it have in common: the place of pull requests, and how they are written. */
export abstract class ReposForge implements Forge {
  public readonly name: string;
  protected readonly http: ForgeHttp;
  protected readonly path: string;

  /** @param project `owner/repository` */
  public constructor(
    settings: ForgeHttpSettings,
    dialect: Dialect,
    protected readonly project: string,
    protected readonly base: string,
  ) {
    this.name = dialect.name;
    this.http = new ForgeHttp(settings, dialect);
    this.path = `/repos/${project.split('/').map(encodeURIComponent).join('/')}/pulls`;
  }

  public abstract open(prefix: string): Promise<PullRequest[]>;
  public abstract last(branch: string): Promise<PullRequest | undefined>;
  protected abstract read(value: unknown): PullRequest;

  public create(branch: string, text: PullRequestText): Promise<PullRequest> {
    return createdOr(
      async () => this.read(await this.http.send('POST', this.path, { ...text, head: branch, base: this.base })),
      () => this.last(branch),
    );
  }

  public async update(number: number, text: PullRequestText): Promise<PullRequest> {
    return this.read(await this.http.send('PATCH', `${this.path}/${number}`, text));
  }

  public async close(number: number, text: PullRequestText): Promise<void> {
    await this.http.send('PATCH', `${this.path}/${number}`, { ...text, state: 'closed' });
  }
}
