import type { RegistryCredentials } from '../../../gitops/registry/docker-config';
import { type OutsideAnswer, OutsideError } from '../../../gitops/registry/outside';
import type { Repository } from '../../../gitops/registry/repository';
import { RegistryError, type RegistryOptions, RegistrySession, jsonOf } from '../../../gitops/registry/session';

const PAGE_SIZE = 1000;
const MOST_PAGES = 100;

/** A tag as the distribution specification has it. */
const TAG = /^\w[\w.-]{0,127}$/;

/**
 * Lists the tags of repositories, as the OCI distribution specification says. Only over TLS with a certificate that is trusted: that also keeps a
 * name that a user chose from leading to services of the cluster.
 */
export class Registry {
  public constructor(private readonly options: RegistryOptions = {}) {}

  /** @throws {@link RegistryError} */
  public async tags(repository: Repository, credentials?: RegistryCredentials): Promise<string[]> {
    try {
      return await new Listing(this.options, repository, credentials).tags();
    } catch (cause) {
      if (!(cause instanceof OutsideError)) throw cause;
      throw new RegistryError(`registry ${repository.host} ${cause.message}`, { cause });
    }
  }
}

/** One look at one repository. */
class Listing {
  private readonly session: RegistrySession;

  public constructor(
    options: RegistryOptions,
    private readonly repository: Repository,
    private readonly credentials: RegistryCredentials | undefined,
  ) {
    this.session = new RegistrySession({ ...options, repository, credentials: () => credentials });
  }

  public async tags(): Promise<string[]> {
    const found: string[] = [];
    let url: URL | undefined = this.session.urlOf(`tags/list?n=${PAGE_SIZE}`);
    for (let page = 0; url !== undefined; page += 1) {
      if (page === MOST_PAGES) throw new RegistryError(`${this.name} has more than ${MOST_PAGES} pages of tags`);
      const answer: OutsideAnswer = await this.page(url);
      found.push(...this.tagsOf(answer));
      url = this.next(answer, url);
    }
    return found;
  }

  private get name(): string {
    return `repository ${this.repository.host}/${this.repository.path}`;
  }

  private async page(url: URL): Promise<OutsideAnswer> {
    const answer = await this.session.ask(url);
    const { status } = answer;
    if (status === 200) return answer;
    if (status === 404) throw new RegistryError(`${this.name} was not found`);
    if (status === 401 || status === 403) throw new RegistryError(this.refusal());
    if (status === 429) throw new RegistryError(`registry ${this.repository.host} has had too many requests`);
    throw new RegistryError(`registry ${this.repository.host} answers ${status}`);
  }

  private refusal(): string {
    const remedy =
      this.credentials === undefined
        ? 'name a Secret with credentials for it in spec.image.pullSecrets'
        : 'the credentials of spec.image.pullSecrets do not let anybody list its tags';
    return `${this.name} is not open to everybody: ${remedy}`;
  }

  private tagsOf(answer: OutsideAnswer): string[] {
    const { tags } = jsonOf(answer);
    // So says one that has none.
    if (tags === null) return [];
    if (!Array.isArray(tags)) throw new RegistryError(`registry ${this.repository.host} answers with no list of tags`);
    return tags.filter((tag): tag is string => typeof tag === 'string' && TAG.test(tag));
  }

  /** `Link: </v2/x/tags/list?last=b>; rel="next"`, relative or whole. */
  private next({ headers }: OutsideAnswer, from: URL): URL | undefined {
    const [, target] = /<([^<>]*)>\s*;[^,]*\brel="?next"?/.exec(headers.get('link') ?? '') ?? [];
    return target === undefined ? undefined : this.session.trusted(target, from);
  }
}
