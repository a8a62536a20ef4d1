/** A repository of images, and the registry that has it. */
export interface Repository {
  /** Host, with a port where one is named. */
  readonly host: string;
  /** Path in the registry, such as `openclaw/openclaw`. */
  readonly path: string;
}

/** What images without a registry mean, and where its API stands. */
const HUB = 'docker.io';
const HUB_API = 'registry-1.docker.io';

/** Under these names people keep credentials for it. */
const HUB_NAMES: readonly string[] = [HUB, HUB_API, 'index.docker.io'];

const PATH = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;
const HOST = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i;

/**
 * Reads the reference of an image, with a tag, a digest or without.
 *
 * @returns `undefined` for what is none
 */
export function repositoryOf(reference: string): Repository | undefined {
  const name = reference.replace(/@sha\d+:[0-9a-f]+$/, '');
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  const whole = colon === -1 ? name : name.slice(0, colon);
  const [first = '', ...rest] = whole.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const host = isHost ? first : HUB;
  const path = isHost ? rest.join('/') : whole;
  // A port may be too large, and a group of an address too long.
  if (!HOST.test(host) || !PATH.test(path) || !URL.canParse(`https://${host}/`)) return undefined;
  return { host, path: host === HUB && !path.includes('/') ? `library/${path}` : path };
}

/** The host that answers for a registry. */
export function apiHostOf({ host }: Repository): string {
  return HUB_NAMES.includes(host) ? HUB_API : host;
}

/** Names under which a file of credentials may have those of a registry. */
export function credentialNames({ host }: Repository): readonly string[] {
  return HUB_NAMES.includes(host) ? HUB_NAMES : [host];
}
