import { type JsonObject, isObject } from '../../spec/json';
import { isCidr } from '../cidr';

/** Who says who a user is, in mode `trusted-proxy`. */
export interface IdentitySource {
  /** Headers that carry it, as they stand in `gateway.auth.trustedProxy`. */
  readonly headers: readonly string[];
  /** Addresses and ranges of `gateway.trustedProxies`: who may send them. */
  readonly proxies: readonly string[];
}

/** Letters that nginx takes in the name of a header. It drops every other header by itself. */
const HEADER = /^[A-Za-z0-9-]{1,128}$/;

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function objectAt(value: unknown, key: string): JsonObject {
  const inner = isObject(value) ? value[key] : undefined;
  return isObject(inner) ? inner : {};
}

function isAddress(text: string): boolean {
  return isCidr(text) || isCidr(`${text}/${text.includes(':') ? 128 : 32}`);
}

/** What the user's config says about the proxy that authenticates. */
export function identitySource(config: JsonObject): IdentitySource {
  const gateway = objectAt(config, 'gateway');
  const { userHeader, requiredHeaders } = objectAt(objectAt(gateway, 'auth'), 'trustedProxy');
  const headers = [userHeader, ...texts(requiredHeaders)].filter((one): one is string => typeof one === 'string' && HEADER.test(one));
  const unique = new Map(headers.map((header) => [header.toLowerCase(), header]));
  return { headers: [...unique.values()], proxies: [...new Set(texts(gateway['trustedProxies']).filter(isAddress))] };
}

/** The headers that a configuration of nginx sets for every request, in lower case. */
function headersSetBy(conf: string): ReadonlySet<string> {
  return new Set([...conf.matchAll(/^ *proxy_set_header (\S+) /gm)].map(([, name = '']) => name.toLowerCase()));
}

/** Those of them that it takes from every request. */
export function headersTakenBy(conf: string): ReadonlySet<string> {
  return new Set([...conf.matchAll(/^ *proxy_set_header (\S+) "";$/gm)].map(([, name = '']) => name.toLowerCase()));
}

/** Where the section goes: after the last header that is taken from every client. */
const BEHIND = '  proxy_set_header Tailscale-Funnel-Request "";\n';

/**
 * A configuration of nginx that passes the headers of an identity on from the proxies that are named, and takes them from everybody else. One
 * that nginx sets itself stays as it is.
 */
export function withIdentity(conf: string, { headers, proxies }: IdentitySource): string {
  const ours = headersSetBy(conf);
  const passed = headers.filter((header) => !ours.has(header.toLowerCase()));
  if (passed.length === 0) return conf;
  if (!conf.includes(BEHIND)) throw new Error('nginx.conf has no place for the headers of an identity');
  const lines = [
    '',
    '# Who a user is, is for the proxies of gateway.trustedProxies to say; nobody else gets these headers through.',
    'geo $is_authenticator {',
    '  default 0;',
    ...proxies.map((proxy) => `  ${proxy} 1;`),
    '}',
    ...passed.flatMap((header, index) => [
      `map $is_authenticator $identity_${index} {`,
      '  default "";',
      `  1 $http_${header.toLowerCase().replaceAll('-', '_')};`,
      '}',
      `proxy_set_header ${header} $identity_${index};`,
    ]),
  ];
  return conf.replace(BEHIND, () => BEHIND + lines.map((line) => (line === '' ? '\n' : `  ${line}\n`)).join(''));
}
