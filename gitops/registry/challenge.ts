/** What a `WWW-Authenticate` header asks for. */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** `name="a, b"` or `name=word`. */
const PARAMETER = /\s*([A-Za-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*,?/y;

/** A longer header is none that anybody needs. */
const LONGEST = 4096;

/** Reads the first challenge of such a header; a comma may stand inside of a value. */
export function challengeOf(header: string): Challenge | undefined {
  if (header.length > LONGEST) return undefined;
  const [start = '', scheme] = /^\s*([A-Za-z]+)(?:\s+|$)/.exec(header) ?? [];
  if (scheme === undefined) return undefined;
  const parameters: [string, string][] = [];
  PARAMETER.lastIndex = start.length;
  for (let match = PARAMETER.exec(header); match !== null; match = PARAMETER.exec(header)) {
    const [, name = '', quoted, word = ''] = match;
    parameters.push([name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, '$1') ?? word]);
  }
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(parameters) };
}
