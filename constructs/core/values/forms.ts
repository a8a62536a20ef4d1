/**
 * A form of text that Kubernetes knows. Says what a text has to be, or nothing where it is that. The text itself is not repeated: people
 * write tokens where names of Secrets belong. Lengths are looked at first: the expressions only ever see short texts.
 */
export type Form = (text: string) => string | undefined;

function form(pattern: RegExp, longest: number, demand: string): Form {
  return (text) => (text.length <= longest && pattern.test(text) ? undefined : `must be ${demand}`);
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';

/** Names of containers and namespaces. */
export const dnsLabel = form(
  new RegExp(`^${LABEL}$`),
  63,
  "at most 63 lower-case letters, digits and '-', beginning and ending with a letter or digit",
);

/** Names of most objects. */
export const dnsSubdomain = form(
  new RegExp(`^${LABEL}([.]${LABEL})*$`),
  253,
  "an object name: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
);

/** The part of a label's or a resource's key after the slash, or all of it. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Keys of labels, taints and resources: `team`, `example.com/team`. */
export const qualifiedName: Form = (text) => {
  const parts = text.slice(0, 400).split('/');
  const [name = ''] = parts.slice(-1);
  const isPrefixed = parts.length === 2 && dnsSubdomain(parts[0] ?? '') === undefined;
  if (NAME.test(name) && (parts.length === 1 || isPrefixed)) return undefined;
  return 'must be a name such as "team" or "example.com/team"';
};

export const labelValue = form(
  /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
  63,
  "a label value: at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
);

/** Names of the ports of containers, and wherever such a port is referred to. */
export const portName = form(
  /^(?=[-0-9]*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  15,
  "a port name: at most 15 lower-case letters, digits and single '-', with a letter among them",
);

/** Names of environment variables, and what is put in front of them. */
export const variableName = form(/^[ -<>-~]+$/, Infinity, "the name of a variable: printable ASCII without '='");

/** Keys of ConfigMaps and Secrets. */
export const dataKey: Form = (text) =>
  text.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(text) && text !== '.' && !text.startsWith('..')
    ? undefined
    : "must be a key of a ConfigMap or Secret: letters, digits, '-', '_' and '.'";

/** A path below some folder. */
export const relativePath: Form = (text) => {
  if (text === '') return 'must not be empty';
  if (text.startsWith('/')) return 'must be a relative path';
  return text.split('/').includes('..') ? "must not contain '..'" : undefined;
};
