import type { Manifest, Reference } from '../../constructs';
import type { RenderedExample } from '../golden/examples';
import type { KubeObject } from './api';
import { node, storageClass } from './furniture';

/** What examples take for granted of a cluster: classes of storage and of runtimes, and the label of a kind of nodes. */
export const clusterObjects: readonly KubeObject[] = [
  { ...storageClass, metadata: { name: 'gp3' } },
  { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'gvisor' }, handler: 'runsc' },
  { apiVersion: 'v1', kind: 'Node', metadata: { name: node.metadata.name, labels: { 'node-type': 'compute' } } },
];

/** What has to be in the namespace before the pods of an example can start: what the engine says, and what its file brings along. */
export function namespaceObjects({ references, others, manifests }: RenderedExample, namespace: string): KubeObject[] {
  const brought = others.filter(({ metadata }) => metadata.namespace !== undefined);
  const names = new Set(brought.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const missing = references.filter(({ kind, name }) => !names.has(`${kind}/${name}`));
  return [
    ...brought.map((document) => ({ ...document, metadata: { ...document.metadata, namespace } })),
    ...missing.map((reference) => referenced(reference, namespace)),
    ...foreignAccounts(manifests, namespace),
  ];
}

function referenced({ kind, name, keys }: Reference, namespace: string): KubeObject {
  const object = { apiVersion: 'v1', kind, metadata: { name, namespace } };
  const texts = Object.fromEntries(keys.map((key) => [key, 'x']));
  if (kind === 'Secret') return { ...object, stringData: texts };
  if (kind === 'ConfigMap') return { ...object, data: texts };
  return { ...object, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
}

/** ServiceAccounts that pods run as and that the example does not make. */
function foreignAccounts(manifests: readonly Manifest[], namespace: string): KubeObject[] {
  const made = new Set(manifests.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name));
  const used = new Set(
    manifests.filter(({ kind }) => kind === 'StatefulSet').map((manifest) => podTemplate(manifest).spec.serviceAccountName),
  );
  const foreign = [...used].filter((name) => !made.has(name));
  return foreign.map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }));
}

/** The fields of a pod template that are read here; the rest is passed on. */
export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: { readonly serviceAccountName: string; readonly [field: string]: unknown };
}

/** The pod template of a StatefulSet. */
export function podTemplate(statefulSet: Manifest): PodTemplate {
  const { template } = statefulSet['spec'] as { template: PodTemplate };
  return template;
}

/** The pod template as a pod of its own: Pod Security enforces its level on pods only. */
export function podOf(statefulSet: Manifest, namespace: string): KubeObject {
  const { metadata, spec } = podTemplate(statefulSet);
  const { volumeClaimTemplates = [] } = statefulSet['spec'] as { readonly volumeClaimTemplates?: readonly KubeObject[] };
  // The StatefulSet gives the pod a volume for each template.
  const claims = volumeClaimTemplates.map((claim) => ({ name: claim.metadata.name, emptyDir: {} }));
  const volumes = [...((spec as { readonly volumes?: readonly object[] }).volumes ?? []), ...claims];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name: 'from-template', namespace }, spec: { ...spec, volumes } };
}
