import type { GeneratedKey, GeneratedSecret, Reference } from '../../constructs';
import { quoted } from './shell-word';

/** Names and keys of Kubernetes need no quotes; what is none of them must not be run. */
function word(text: string): string {
  return /^[A-Za-z0-9][\w.-]*$/.test(text) ? text : quoted(text);
}

/** The steps of a command, and the arguments of `kubectl create` that they lead to. */
interface Recipe {
  /** What is worked out first, or has to be there. A step that fails ends the command. */
  readonly steps: readonly string[];
  /** `secret generic NAME`, and what fills it from files. */
  readonly create: string;
  /** Shell variables with what fills the other keys, by key. Each goes to kubectl through a pipe. */
  readonly values: ReadonlyMap<string, string>;
}

/** Pipes that a shell can number with one digit, and standard input. */
const MOST_VALUES = 8;

/**
 * The command that makes a Secret or ConfigMap that must exist, for a person to paste into a POSIX shell; `undefined` for a claim, and where
 * there are more values than a shell has pipes for.
 *
 * A value of our own making is random. What only the user has is taken from a file or a variable that the command names. Where anything is
 * missing (the program `htpasswd`, a file, a variable) the command fails and makes nothing. Values touch no disk and no command line: a shell
 * does `printf` itself.
 */
export function createCommand(reference: Reference & { readonly namespace: string | undefined }): string | undefined {
  if (reference.kind === 'PersistentVolumeClaim') return undefined;
  const { steps, create, values } = recipeOf(reference);
  if (values.size > MOST_VALUES) return undefined;
  const target = reference.namespace === undefined ? '' : `-n ${word(reference.namespace)} `;
  return [...steps, piped(`kubectl ${target}create ${create}`, [...values])].join(' && ');
}

/** The last value comes by standard input, each one before by a pipe with a number. */
function piped(command: string, values: readonly (readonly [key: string, variable: string])[]): string {
  const sources = values.map(
    ([key], index) => ` --from-file=${word(key)}=/dev/${index === values.length - 1 ? 'stdin' : `fd/${index + 3}`}`,
  );
  return values.toReversed().reduce(
    (inner, [, variable], index) => {
      const number = values.length - index + 2;
      const reader = index === 0 ? inner : `{ ${inner}; } ${number}<&0`;
      return `printf %s "$${variable}" | ${reader}`;
    },
    command + sources.join(''),
  );
}

function recipeOf(reference: Reference): Recipe {
  const { kind, name, generate } = reference;
  if (generate !== undefined) return generated(name, generate);
  const what = kind === 'Secret' ? 'secret generic' : 'configmap';
  return { steps: [], values: new Map(), ...usersOwn(reference, `${what} ${word(name)}`) };
}

function generated(name: string, { type, keys }: GeneratedSecret): Recipe {
  const typed = type === 'Opaque' ? '' : ` --type=${type}`;
  return {
    steps: Object.entries(keys).map(([key, recipe]) => `${key}=${value(recipe)}`),
    create: `secret generic ${word(name)}${typed}`,
    values: new Map(Object.keys(keys).map((key) => [key, key])),
  };
}

/** An assignment ends as its command does, and a pipe as its last program does: without `htpasswd` there is no Secret. */
function value(recipe: GeneratedKey): string {
  if ('literal' in recipe) return quoted(recipe.literal);
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
    return { steps: ['auth="$(htpasswd -nB "${AUTH_USER:?}")"'], create: object, values: new Map([['auth', 'auth']]) };
  }
  if (keys.length > 0) return filled(object, keys);
  const isEnvironment = /\.envFrom\[\d+\]$/.test(path);
  return { create: `${object} ${isEnvironment ? `--from-env-file=${word(`${name}.env`)}` : `--from-file=${word(name)}/`}` };
}

function filled(object: string, keys: readonly string[]): Recipe {
  const files = keys.filter((key) => key.includes('.'));
  const values = new Map(keys.filter((key) => !key.includes('.')).map((key) => [key, variableOf(key)]));
  const wanted = [...values.values()].map((variable) => `"\${${variable}:?}"`);
  return {
    // In a pipe a shell would tell of a missing one, and go on.
    steps: wanted.length > 0 ? [`: ${wanted.join(' ')}`] : [],
    create: [object, ...files.map((key) => `--from-file=${word(key)}`)].join(' '),
    values,
  };
}

function variableOf(key: string): string {
  const variable = key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_');
  return `${/^\d/.test(variable) ? '_' : ''}${variable}`;
}
