import type { Manifest } from '../../constructs';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';

/** A base for overlays that change the namespace, the image or anything else, as texts by their path. */
export function kustomizeBase(manifests: readonly Manifest[], crds: string): ReadonlyMap<string, string> {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['crds.yaml', 'controller.yaml'],
  };
  return new Map([
    ['kustomization.yaml', writeDocuments([kustomization])],
    ['crds.yaml', crds],
    ['controller.yaml', writeDocuments(manifests)],
  ]);
}
