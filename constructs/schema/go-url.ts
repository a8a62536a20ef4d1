/** A URL as Go's `url.ParseRequestURI` reads it, which both the `uri` format and CEL's `url()` go by. */
export interface GoUrl {
  readonly scheme: string;
  /** With the port and, around an IPv6 address, brackets. */
  readonly host: string;
  readonly escapedPath: string;
  /** Without the question mark. */
  readonly query: string;
}

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]*):/;
/** Control characters of ASCII. */
const CONTROL = /(?![\u0080-\u009f])\p{Cc}/u;
const ESCAPES = /^(?:[^%]|%[0-9A-Fa-f]{2})*$/;
const USER = /^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*$/;
/** A host holds its own signs, anything beyond ASCII, and escapes of what is beyond ASCII. */
const HOST = /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]|\P{ASCII}|%[89A-Fa-f][0-9A-Fa-f])*$/u;
const PORT = /^(?::\d*)?$/;

/** @returns undefined when the text is neither an absolute URI nor an absolute path */
export function parseGoUrl(text: string): GoUrl | undefined {
  if (text === '' || CONTROL.test(text) || text.startsWith(':')) return undefined;
  if (text === '*') return { scheme: '', host: '', escapedPath: '*', query: '' };
  const scheme = SCHEME.exec(text)?.[1] ?? '';
  const [rest, query] = cut(scheme === '' ? text : text.slice(scheme.length + 1), '?');
  const lower = scheme.toLowerCase();
  if (!rest.startsWith('/')) return scheme === '' ? undefined : { scheme: lower, host: '', escapedPath: '', query };
  if (scheme === '' || !rest.startsWith('//')) return withPath(lower, '', rest, query);
  const end = rest.indexOf('/', 2);
  const authority = end === -1 ? rest.slice(2) : rest.slice(2, end);
  const host = parseAuthority(authority);
  return host === undefined ? undefined : withPath(lower, host, end === -1 ? '' : rest.slice(end), query);
}

function withPath(scheme: string, host: string, path: string, query: string): GoUrl | undefined {
  return ESCAPES.test(path) ? { scheme, host, escapedPath: escapePath(path), query } : undefined;
}

/** Go writes a path anew unless each of its signs is allowed there. */
function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-_.~$&+,/:;=@%!'()*[\]]/gu, (sign) => encodeURIComponent(sign));
}

function parseAuthority(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  if (at !== -1 && !USER.test(authority.slice(0, at))) return undefined;
  const host = authority.slice(at + 1);
  const close = host.startsWith('[') ? host.lastIndexOf(']') : -1;
  if (host.startsWith('[') && close === -1) return undefined;
  const colon = close === -1 ? host.lastIndexOf(':') : close + 1;
  if (colon !== -1 && !PORT.test(host.slice(colon))) return undefined;
  return HOST.test(host) ? host : undefined;
}

/** The host without port and brackets. */
export function hostname(host: string): string {
  const bare = host.replace(/:\d*$/, host.startsWith('[') && host.endsWith(']') ? '$&' : '');
  return bare.startsWith('[') && bare.endsWith(']') ? bare.slice(1, -1) : bare;
}

/** The port without its colon, or an empty text. */
export function port(host: string): string {
  if (host.endsWith(']')) return '';
  return /:(\d*)$/.exec(host)?.[1] ?? '';
}

function cut(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
