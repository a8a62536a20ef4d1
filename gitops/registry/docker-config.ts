import { isObject } from '../../constructs/spec/json';
import { type Repository, credentialNames } from './repository';

/** A name and a password for a registry. */
export interface RegistryCredentials {
  readonly user: string;
  readonly password: string;
}

/** The key of a Secret of type `kubernetes.io/dockerconfigjson`. */
export const DOCKER_CONFIG = '.dockerconfigjson';

/** The credentials for a registry in the text of such a Secret; `undefined` where it has none that can be used. */
export function credentialsIn(text: string, repository: Repository): RegistryCredentials | undefined {
  const auths = parsed(text);
  const names = credentialNames(repository);
  const entry = Object.entries(auths).find(([key]) => names.includes(hostOf(key)))?.[1];
  if (!isObject(entry)) return undefined;
  const { auth, username, password } = entry;
  if (typeof username === 'string' && typeof password === 'string' && username !== '') return { user: username, password };
  if (typeof auth !== 'string') return undefined;
  const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
  return user === '' || rest.length === 0 ? undefined : { user, password: rest.join(':') };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const config: unknown = JSON.parse(text);
    const auths = isObject(config) ? config['auths'] : undefined;
    return isObject(auths) ? auths : {};
  } catch {
    return {};
  }
}

/** People write `https://index.docker.io/v1/`, or a host alone. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? '';
}
