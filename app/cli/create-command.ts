import type { GeneratedKey, GeneratedSecret, Reference } from '../../constructs';
import { quoted } from './shell-word';

/** Names and keys of Kubernetes need no quotes; what is none of them must not be run. */
function word(text: string): string {
  return /^[A-Za-z0-9][\w.-]*$/.test(text) ? text : quoted(text);
}

/** The steps of a command, and the arguments of `kubectl create` that they lead to. */
interface Recipe {
  /** What is worked out first, each in a shell variable. One that fails ends the command. */
  readonly variables: readonly string[];
  /** `secret generic NAME`, and what fills it. */
  readonly create: string;
}

/**
 * The command that makes a Secret or ConfigMap that must exist, for a person to paste into a POSIX shell; `undefined` for a claim.
 *
 * A value of our own making is random. What only the user has is taken from a file or a variable that the command names. Where anything is
 * missing (the program `htpasswd`, a file, a variable) the command fails and makes nothing. Values touch no disk.
 */
export function createCommand(reference: Reference & { readonly namespace: string | undefined }): string | undefined {
  if (reference.kind === 'PersistentVolumeClaim') return undefined;
  const { variables, create } = recipeOf(reference);
  const target = reference.namespace === undefined ? '' : `-n ${word(reference.namespace)} `;
  return [...variables, `kubectl ${target}create ${create}`].join(' && ');
}

function recipeOf(reference: Reference): Recipe {
  const { kind, name, generate } = reference;
  if (generate !== undefined) return generated(name, generate);
  const what = kind === 'Secret' ? 'secret generic' : 'configmap';
  return { variables: [], ...usersOwn(reference, `${what} ${word(name)}`) };
}

function generated(name: string, { type, keys }: GeneratedSecret): Recipe {
  const variables: string[] = [];
  const literals = Object.entries(keys).map(([key, recipe]) => {
    if ('literal' in recipe) return `--from-literal=${key}=${quoted(recipe.literal)}`;
    variables.push(`${key}=${value(recipe)}`);
    return `--from-literal=${key}="$${key}"`;
  });
  const typed = type === 'Opaque' ? '' : `--type=${type} `;
  return { variables, create: `secret generic ${word(name)} ${typed}${literals.join(' ')}` };
}

/** An assignment ends as its command does, and a pipe as its last program does: without `htpasswd` there is no Secret. */
function value(recipe: Exclude<GeneratedKey, { readonly literal: string }>): string {
  if ('randomBytes' in recipe) return `"$(openssl rand -hex ${recipe.randomBytes})"`;
  const { user, passwordKey } = recipe.htpasswd;
  // A name that begins like an option is none.
  const end = user.startsWith('-') ? '-- ' : '';
  return `"$(printf %s "$${passwordKey}" | htpasswd -niB ${end}${quoted(user)})"`;
}

/** What only the user has. A key that looks like a file's name is one. */
function usersOwn({ name, path, keys }: Reference, object: string): Partial<Recipe> & Pick<Recipe, 'create'> {
  if (keys.includes('.dockerconfigjson')) {
    return { create: `${object} --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson="$HOME/.docker/config.json"` };
  }
  if (keys.includes('tls.crt')) return { create: `secret tls ${word(name)} --cert=tls.crt --key=tls.key` };
  if (path.endsWith('basicAuth.existingSecret')) {
    return { variables: ['auth="$(htpasswd -nB "${AUTH_USER:?}")"'], create: `${object} --from-literal=auth="$auth"` };
  }
  if (keys.length > 0) return { create: `${object} ${keys.map(filled).join(' ')}` };
  const isEnvironment = /\.envFrom\[\d+\]$/.test(path);
  return { create: `${object} ${isEnvironment ? `--from-env-file=${word(`${name}.env`)}` : `--from-file=${word(name)}/`}` };
}

function filled(key: string): string {
  if (key.includes('.')) return `--from-file=${word(key)}`;
  const variable = key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return `--from-literal=${word(key)}="\${${/^\d/.test(variable) ? '_' : ''}${variable}:?}"`;
}
