import type { Manifest } from '../../constructs';
import { isObject } from '../../constructs/spec/json';
import { secretName } from './bootstrap';
import type { BootstrapSettings } from './settings';

/** What was read of a set-up that is there. */
export interface LiveSetUp {
  /** The object of the same kind and name. @default - there is none */
  readonly objectOf: (wanted: Manifest) => object | undefined;
  /** Whether the Secret with the credential is there; its content is nobody's business. */
  readonly hasSecret: boolean;
  /** Namespaces that have instances. */
  readonly instanceNamespaces: readonly string[];
}

/** Lists that say what is allowed: more than we write is too much. */
const GRANTS = /^\.(?:spec\.(?:sourceRepos|destinations|clusterResourceWhitelist|namespaceResourceWhitelist|signatureKeys)|rules)$/;

/**
 * What a set-up that is there lacks against the one that we would write, and what it allows beyond that; one sentence each. Fields that only the
 * other one has are left alone, unless they grant something.
 *
 * @param wanted see `bootstrap`
 */
export function findings(wanted: readonly Manifest[], settings: BootstrapSettings, live: LiveSetUp): string[] {
  return [
    ...wanted.flatMap((manifest) => ofObject(manifest, live.objectOf(manifest))),
    ...(live.hasSecret
      ? []
      : [`Secret ${secretName(settings)} in ${settings.engineNamespace} is missing: the repository cannot be read without it`]),
    ...trackingFindings(wanted, settings, live),
    ...live.instanceNamespaces
      .filter((namespace) => !settings.namespaces.includes(namespace))
      .map((namespace) => `namespace ${namespace} has instances and is not among the namespaces: nothing would be applied there`),
  ];
}

function ofObject(wanted: Manifest, found: object | undefined): string[] {
  const { kind, metadata } = wanted;
  const what = `${kind} ${metadata.name}${metadata.namespace === undefined ? '' : ` in ${metadata.namespace}`}`;
  if (found === undefined) return [`${what} is missing`];
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...content } = wanted;
  const texts: string[] = [];
  compare(content, found, '', texts);
  return texts.map((text) => `${what}: ${text}`);
}

/** Tracking by label writes Argo CD's own value over a label of ours, and takes what bears that label for its own. */
function trackingFindings(wanted: readonly Manifest[], { engine, engineNamespace }: BootstrapSettings, { objectOf }: LiveSetUp): string[] {
  const settings = wanted.find(({ metadata }) => metadata.name === 'argocd-cm');
  const { data } = ((settings && objectOf(settings)) ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  const method = data?.['application.resourceTrackingMethod'];
  if (engine !== 'argocd' || method === undefined || method === 'annotation') return [];
  if (data?.['application.instanceLabelKey'] !== undefined && data['application.instanceLabelKey'] !== 'app.kubernetes.io/instance')
    return [];
  return [
    `ConfigMap argocd-cm in ${engineNamespace}: application.resourceTrackingMethod is ${method}: use annotation, or set application.instanceLabelKey to argocd.argoproj.io/instance`,
  ];
}

function compare(wanted: unknown, found: unknown, path: string, texts: string[]): void {
  if (Array.isArray(wanted)) compareLists(wanted, Array.isArray(found) ? found : [], path, texts);
  else if (isObject(wanted)) {
    for (const [key, value] of Object.entries(wanted))
      compare(value, isObject(found) ? found[key] : undefined, `${path}${step(key)}`, texts);
  } else if (wanted !== found)
    texts.push(`${path} ${found === undefined ? 'is not set' : `is ${shown(found)}`}: it has to be ${shown(wanted)}`);
}

/** The order says nothing. */
function compareLists(wanted: readonly unknown[], found: readonly unknown[], path: string, texts: string[]): void {
  for (const element of wanted) if (!found.some((other) => covers(element, other))) texts.push(`${path} lacks ${shown(element)}`);
  if (!GRANTS.test(path)) return;
  for (const element of found)
    if (!wanted.some((other) => covers(other, element))) texts.push(`${path} allows ${shown(element)} beyond what is needed`);
}

function covers(wanted: unknown, found: unknown): boolean {
  const texts: string[] = [];
  compare(wanted, found, '', texts);
  return texts.length === 0 && (!Array.isArray(wanted) || wanted.length === (found as unknown[]).length);
}

function step(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Long texts, such as a script, are told by their beginning. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}
