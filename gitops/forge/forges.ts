/** From the address of a repository to its forge. */
import { GiteaForge } from './gitea';
import { GitHubForge } from './github';
import { GitLabForge } from './gitlab';
import { ForgeError } from './forge-error';
import type { ForgeHttpSettings } from './http';
import type { Forge } from './pull-request';

/** Forges with an API. */
export const FORGES = ['github', 'gitlab', 'gitea'] as const;

export type ForgeKind = (typeof FORGES)[number];

export interface ForgeSettings extends Omit<ForgeHttpSettings, 'url'> {
  readonly kind: ForgeKind;
  /** The repository, as git reaches it. */
  readonly repository: string;
  /** The branch into which everything is to be merged. */
  readonly base: string;
  /** Where the API begins. @default - where a server of this kind has it, on the host of the repository */
  readonly url?: string | undefined;
}

const PATHS: Readonly<Record<ForgeKind, string>> = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' };

/** @throws {@link ForgeError} `FORGE-SETTINGS` */
export function forgeOf({ kind, repository, base, url, ...http }: ForgeSettings): Forge {
  const { host, project } = placeOf(repository);
  if (project === undefined || (kind !== 'gitlab' && project.split('/').length !== 2)) {
    throw new ForgeError('FORGE-SETTINGS', 'the URL of the repository does not end in OWNER/NAME: its forge cannot be told');
  }
  if (url === undefined && host === undefined) {
    throw new ForgeError('FORGE-SETTINGS', 'the URL of the repository names no host: give the URL of the forge');
  }
  const settings = { ...http, url: url ?? apiOf(kind, host ?? '') };
  if (kind === 'github') return new GitHubForge(settings, project, base);
  return kind === 'gitlab' ? new GitLabForge(settings, project, base) : new GiteaForge(settings, project, base);
}

/**
 * Where the API of GitHub begins for a repository, and the name of that, without its owner.
 *
 * @param url where the API begins. @default - where it is on the host of the repository
 * @throws {@link ForgeError} `FORGE-SETTINGS`
 */
export function gitHubPlace(repository: string, url?: string): { readonly url: string; readonly repository: string } {
  const { host, project } = placeOf(repository);
  const [owner, name, ...rest] = project?.split('/') ?? [];
  if (host === undefined || owner === undefined || name === undefined || rest.length > 0) {
    throw new ForgeError('FORGE-SETTINGS', 'the URL of the repository is not of the form https://host/OWNER/NAME');
  }
  return { url: url ?? apiOf('github', host), repository: name };
}

function apiOf(kind: ForgeKind, host: string): string {
  return kind === 'github' && host === 'github.com' ? 'https://api.github.com' : `https://${host}${PATHS[kind]}`;
}

/** Of `https://host/owner/name.git`, `ssh://git@host:22/owner/name` and `git@host:owner/name`. A port of ssh is none of the API. */
function placeOf(repository: string): { readonly host?: string; readonly project?: string } {
  const scp = /^[^/@]+@([^/:]+):\/?(.+)$/.exec(repository);
  const url = /^(https?|ssh|file):\/\/(?:[^/@]*@)?([^/:]*)(:\d+)?\/(.+)$/.exec(repository);
  const [host, port, path] = scp ? [scp[1], '', scp[2]] : [url?.[2], url?.[1] === 'ssh' ? '' : (url?.[3] ?? ''), url?.[4]];
  const project = path?.replace(/\/+$/, '').replace(/\.git$/, '');
  return { ...(host !== undefined && host !== '' && { host: `${host}${port}` }), ...(project !== undefined && { project }) };
}
