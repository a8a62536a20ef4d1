import type { GeneratedKey, GeneratedSecret } from '../../constructs';

/** A word that a shell takes as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The kubectl command that makes a Secret with fresh random values, for a person to paste.
 *
 * Values that other keys need stay in shell variables, so that nothing touches a disk. `htpasswd` comes with the Apache tools.
 */
export function secretCommand(name: string, namespace: string | undefined, { type, keys }: GeneratedSecret): string {
  const needed = new Set(Object.values(keys).flatMap((key) => ('htpasswd' in key ? [key.htpasswd.passwordKey] : [])));
  const variables: string[] = [];
  const literals = Object.entries(keys).map(([key, recipe]) => {
    if (!needed.has(key)) return `--from-literal=${key}=${value(recipe)}`;
    variables.push(`${key}=${value(recipe)}`);
    return `--from-literal=${key}="$${key}"`;
  });
  const target = namespace === undefined ? '' : `-n ${namespace} `;
  const typed = type === 'Opaque' ? '' : `--type=${type} `;
  const command = `kubectl ${target}create secret generic ${name} ${typed}${literals.join(' ')}`;
  return [...variables, command].join('; ');
}

function value(recipe: GeneratedKey): string {
  if ('literal' in recipe) return quoted(recipe.literal);
  if ('randomBytes' in recipe) return `"$(openssl rand -hex ${recipe.randomBytes})"`;
  const { user, passwordKey } = recipe.htpasswd;
  // A name that begins like an option is none.
  const end = user.startsWith('-') ? '-- ' : '';
  return `"$(printf %s "$${passwordKey}" | htpasswd -niB ${end}${quoted(user)})"`;
}
