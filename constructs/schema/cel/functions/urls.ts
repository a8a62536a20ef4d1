import { hostname, parseGoUrl, port, type GoUrl } from '../../go-url';
import type { Environment } from '../library';

/** Kubernetes' URL: an absolute URI or an absolute path. */
class Url {
  constructor(readonly parts: GoUrl) {}
}

/** `isURL`, `url` and what can be asked of one. */
export function addUrls(environment: Environment): void {
  environment
    .registerType('kubernetes.URL', Url)
    .registerFunction('isURL(string): bool', (text: string) => parseGoUrl(text) !== undefined)
    .registerFunction('url(string): kubernetes.URL', parse)
    .registerFunction('kubernetes.URL.getScheme(): string', ({ parts }: Url) => parts.scheme)
    .registerFunction('kubernetes.URL.getHost(): string', ({ parts }: Url) => parts.host)
    .registerFunction('kubernetes.URL.getHostname(): string', ({ parts }: Url) => hostname(parts.host))
    .registerFunction('kubernetes.URL.getPort(): string', ({ parts }: Url) => port(parts.host))
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ parts }: Url) => parts.escapedPath)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', ({ parts }: Url) => query(parts.query));
}

function parse(text: string): Url {
  const parts = parseGoUrl(text);
  if (parts === undefined) throw new Error(`URL parse error: ${JSON.stringify(text)} is no absolute URI and no absolute path`);
  return new Url(parts);
}

function query(text: string): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) result.set(name, [...(result.get(name) ?? []), value]);
  return result;
}
