import { type PackReference, type SkillPack, type SkillPackFact, packReference } from '../../../constructs/spec/skill-pack';
import { GitHub, type GitHubOptions, PackError } from './github';
import { readPack, readRevision } from './read-pack';

/** For so long a pack is not asked for again. */
const FRESH_MS = 5 * 60_000;
/** One that nobody has asked for since is forgotten: whatever names instances had, only those that they have cost memory. */
const FORGOTTEN_MS = 60 * 60_000;

/** Under this id instances remember that they use a pack. */
export function packId(name: string): string {
  return `SkillPack ${name}`;
}

/** What the environment of a process says of GitHub. */
export function gitHubSettings(environment: Readonly<Record<string, string | undefined>>): Pick<PackSourceOptions, 'url' | 'token'> {
  return { url: environment['GITHUB_API_URL'] || undefined, token: environment['GITHUB_TOKEN'] || undefined };
}

/** What is known of a pack. */
interface Known {
  /** The last good one. */
  pack?: SkillPack;
  etag?: string | undefined;
  /** Why the last look failed. */
  problem?: string | undefined;
  lookedAt: number;
  /** A look that is under way. */
  look?: Promise<void> | undefined;
}

export interface PackSourceOptions extends Omit<GitHubOptions, 'token'> {
  /** Serves repositories that an administrator lists. @default - everything is asked for without */
  readonly token?: string | undefined;
  readonly now: () => number;
  /** Called when what is known of a pack changes. */
  readonly onChange: (name: string) => void;
}

/**
 * Skill packs as they were last seen. Nobody waits for GitHub: a look is taken beside the passes, the last good one is kept when it fails, and a
 * change wakes whoever uses the pack. What was read with the token is kept apart from what anybody may see.
 */
export class PackSource {
  private readonly known = new Map<string, Known>();
  private readonly withToken: GitHub;
  private readonly without: GitHub;

  public constructor(private readonly options: PackSourceOptions) {
    const { token, ...open } = options;
    this.without = new GitHub(open);
    this.withToken = new GitHub({ ...open, token });
  }

  /** A text that changes with what is known. Takes a new look where the last one is old, but none at a pack that nobody read. */
  public version(name: string, useToken: boolean): string {
    if (!this.known.has(this.keyOf(name, useToken))) return '';
    const known = this.look(name, useToken);
    return JSON.stringify([useToken, known.pack?.revision, known.problem]);
  }

  /** @param patienceMs how long a pack is waited for of which nothing is known yet; then whoever asks goes on without */
  public async read(name: string, useToken: boolean, patienceMs: number): Promise<SkillPackFact> {
    const known = this.look(name, useToken);
    if (known.pack === undefined && known.problem === undefined && known.look) await Promise.race([known.look, pause(patienceMs)]);
    return known.pack ?? { problem: known.problem ?? 'GitHub has not answered yet' };
  }

  private keyOf(name: string, useToken: boolean): string {
    return `${useToken && this.options.token ? 'token' : 'open'} ${name}`;
  }

  private look(name: string, useToken: boolean): Known {
    const key = this.keyOf(name, useToken);
    const now = this.options.now();
    const known = this.known.get(key) ?? this.begin(key, now);
    if (known.look === undefined && now - known.lookedAt >= FRESH_MS) {
      known.lookedAt = now;
      known.look = this.refresh(name, useToken ? this.withToken : this.without, known);
    }
    return known;
  }

  private begin(key: string, now: number): Known {
    for (const [other, { look, lookedAt }] of this.known) {
      if (look === undefined && now - lookedAt >= FORGOTTEN_MS) this.known.delete(other);
    }
    const known = { lookedAt: -Infinity };
    this.known.set(key, known);
    return known;
  }

  private async refresh(name: string, github: GitHub, known: Known): Promise<void> {
    const before = [known.pack?.revision, known.problem].join(' ');
    try {
      await renew(github, packReference(name) as PackReference, known);
      known.problem = undefined;
    } catch (cause) {
      known.problem = cause instanceof PackError ? cause.message : 'what GitHub answers cannot be read';
    }
    known.look = undefined;
    if ([known.pack?.revision, known.problem].join(' ') !== before) this.options.onChange(name);
  }
}

async function renew(github: GitHub, reference: PackReference, known: Known): Promise<void> {
  const revision = await readRevision(github, reference, known.pack && known.etag);
  if (revision === 'unchanged') return;
  if (revision.sha !== known.pack?.revision) known.pack = await readPack(github, reference, revision.sha);
  known.etag = revision.etag;
}

async function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
