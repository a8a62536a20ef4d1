import type { Clock } from '../../../gitops/git/clock';
import type { ApiPort } from '../../api/port';
import { get } from '../../api/requests';
import { secrets } from '../../objects/kinds';
import { dataOf } from '../own-secret';
import { DOCKER_CONFIG, type RegistryCredentials, credentialsIn } from '../../../gitops/registry/docker-config';
import { RegistryError } from '../../../gitops/registry/session';
import { Registry } from './registry';
import { type Repository, repositoryOf } from '../../../gitops/registry/repository';

/** For so long a repository is not asked again, whatever came of it. Several instances with one repository are one request. */
const FRESH_MS = 5 * 60_000;

/** Looks that are under way at the same time; the others wait. */
const MOST_LOOKS = 4;

/** Of whose releases something is asked. */
export interface ReleaseQuestion {
  /** Reference of the image, with the mirror in it if there is one. */
  readonly image: string;
  readonly namespace: string;
  /** Secrets with credentials, in that namespace. */
  readonly pullSecrets: readonly string[];
}

/** What is known of the releases in a repository. */
export type ReleaseFact = { readonly tags: readonly string[] } | { readonly problem: string };

interface Known {
  fact?: ReleaseFact;
  lookedAt: number;
  look?: Promise<void> | undefined;
}

/** Whoever lists tags. */
export type TagLister = Pick<Registry, 'tags'>;

export interface ReleaseSourceOptions {
  readonly api: ApiPort;
  readonly clock: Clock;
  /** @default - over TLS */
  readonly registry?: TagLister | undefined;
  /** Called when an answer is there that somebody asked for; with {@link releaseId}. */
  readonly onChange: (id: string) => void;
}

/** Under this id instances remember that they wait for an answer. */
export function releaseId({ image, namespace, pullSecrets }: ReleaseQuestion): string {
  // What one namespace may see with its credentials is nobody else's.
  return `Releases ${pullSecrets.length === 0 ? '' : `${namespace} ${pullSecrets.join(',')} `}${repositoryText(image)}`;
}

function repositoryText(image: string): string {
  const repository = repositoryOf(image);
  return repository === undefined ? image : `${repository.host}/${repository.path}`;
}

/** The releases in repositories, each asked once for all of the fleet. Nobody waits: whoever asks is woken by the answer. */
export class ReleaseSource {
  private readonly registry: TagLister;
  private readonly known = new Map<string, Known>();
  private running = 0;
  private readonly queue: (() => void)[] = [];

  public constructor(private readonly options: ReleaseSourceOptions) {
    this.registry = options.registry ?? new Registry();
  }

  /** The answer, if there is one that is not old; otherwise it is being looked for. */
  public read(question: ReleaseQuestion): ReleaseFact | undefined {
    const repository = repositoryOf(question.image);
    if (repository === undefined) return { problem: `${question.image} names no repository` };
    const id = releaseId(question);
    const now = this.options.clock.monotonic();
    this.forgetOld(now);
    const known = this.known.get(id) ?? { lookedAt: -Infinity };
    this.known.set(id, known);
    if (known.look !== undefined) return undefined;
    if (known.fact !== undefined && now - known.lookedAt < FRESH_MS) return known.fact;
    known.look = this.look(id, question, repository, known);
    return undefined;
  }

  private async look(id: string, question: ReleaseQuestion, repository: Repository, known: Known): Promise<void> {
    await this.turn();
    try {
      known.fact = { tags: await this.registry.tags(repository, await this.credentials(question, repository)) };
    } catch (error) {
      known.fact = {
        problem: error instanceof RegistryError ? error.message : 'the credentials of spec.image.pullSecrets cannot be read now',
      };
    } finally {
      this.release();
    }
    known.lookedAt = this.options.clock.monotonic();
    known.look = undefined;
    this.options.onChange(id);
  }

  /** Read for this one look, and kept nowhere. */
  private async credentials({ namespace, pullSecrets }: ReleaseQuestion, repository: Repository): Promise<RegistryCredentials | undefined> {
    for (const name of pullSecrets) {
      const secret = await get(this.options.api, secrets, namespace, name);
      const text = secret && Buffer.from(dataOf(secret)[DOCKER_CONFIG] ?? '', 'base64').toString();
      const found = text === undefined ? undefined : credentialsIn(text, repository);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private async turn(): Promise<void> {
    if (this.running < MOST_LOOKS) {
      this.running += 1;
      return;
    }
    // Whoever ends hands its turn on.
    await new Promise<void>((resolve) => {
      this.queue.push(resolve);
    });
  }

  private release(): void {
    const next = this.queue.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }

  /** Repositories that nobody asks for any more. */
  private forgetOld(now: number): void {
    for (const [id, { lookedAt, look, fact }] of this.known) {
      if (look === undefined && fact !== undefined && now - lookedAt >= 2 * FRESH_MS) this.known.delete(id);
    }
  }
}
