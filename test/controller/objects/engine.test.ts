import { engineOf } from '../../../controller/objects/engine';
import type { LiveMetadata } from '../../../controller/objects/objects';

function engine(metadata: Partial<LiveMetadata>): string | undefined {
  return engineOf({ metadata: { name: 'alice', ...metadata } });
}

const written = (manager: string, subresource = ''): Partial<LiveMetadata> => ({
  managedFields: [{ manager, operation: 'Apply', subresource }],
});

it.each<[string, Partial<LiveMetadata>, string | undefined]>([
  ['the annotation of Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'a' } }, 'Argo CD'],
  ['its label', { labels: { 'argocd.argoproj.io/instance': 'a' } }, 'Argo CD'],
  [
    'its field manager, where it marks by a label that others use too',
    { ...written('argocd-controller'), labels: { 'app.kubernetes.io/instance': 'a' } },
    'Argo CD',
  ],
  ['the label of a Kustomization of Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'a' } }, 'Flux'],
  ['the label of a HelmRelease of Flux', { labels: { 'helm.toolkit.fluxcd.io/name': 'a' } }, 'Flux'],
  ['the field manager of Flux', written('kustomize-controller'), 'Flux'],
  ['a release of Helm', { annotations: { 'meta.helm.sh/release-name': 'a' } }, 'Helm'],
  ['Terraform', written('Terraform'), 'Terraform'],
  ['a person', { ...written('kubectl'), labels: { 'app.kubernetes.io/instance': 'a' } }, undefined],
  ['kubectl on the client', written('kubectl-client-side-apply'), undefined],
  ['the reference operator', written('manager'), undefined],
  ['an engine that writes the status alone', written('argocd-controller', 'status'), undefined],
  ['a manager that is only called like one', written('my-kustomize-controller-fork'), undefined],
  ['nobody', {}, undefined],
])('C31 tells by %s', (_what, metadata, expected) => {
  expect(engine(metadata)).toBe(expected);
});
