import type { KubeObject } from './objects';

/** Labels and annotations that engines put on what they manage, by the name of the engine. */
const MARKS: readonly (readonly [engine: string, key: string])[] = [
  ['Argo CD', 'argocd.argoproj.io/tracking-id'],
  ['Argo CD', 'argocd.argoproj.io/instance'],
  ['Flux', 'kustomize.toolkit.fluxcd.io/name'],
  ['Flux', 'helm.toolkit.fluxcd.io/name'],
  ['Helm', 'meta.helm.sh/release-name'],
  ['Fleet', 'objectset.rio.cattle.io/id'],
  ['Config Sync', 'configmanagement.gke.io/managed'],
  ['kapp', 'kapp.k14s.io/app'],
];

/** Field managers of engines, whatever they mark. Argo CD may mark by a label that people use as well. */
const MANAGERS: readonly (readonly [engine: string, manager: RegExp])[] = [
  ['Argo CD', /^argocd-/],
  ['Flux', /^(?:kustomize|helm)-controller$|^flux(?:-client-side-apply)?$/],
  ['Helm', /^helm$/],
  ['Fleet', /^fleet/],
  ['Terraform', /^Terraform$/],
  ['Pulumi', /^pulumi-/],
];

/**
 * The engine that keeps an object as it stands somewhere else, by its marks and by the managed fields. What anybody else writes into such an
 * object it takes back, or takes for drift.
 *
 * @param live as the server sends it, with its managed fields
 */
export function engineOf({ metadata }: Pick<KubeObject, 'metadata'>): string | undefined {
  const { labels = {}, annotations = {}, managedFields = [] } = metadata;
  const [marked] = MARKS.find(([, key]) => Object.hasOwn(labels, key) || Object.hasOwn(annotations, key)) ?? [];
  if (marked !== undefined) return marked;
  // An engine that writes the status alone looks at the object and does not keep it.
  const writers = managedFields.filter(({ subresource = '' }) => subresource === '').map(({ manager }) => manager);
  const [writing] = MANAGERS.find(([, pattern]) => writers.some((manager) => pattern.test(manager))) ?? [];
  return writing;
}
