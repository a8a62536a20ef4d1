import type { EnvFromSource, EnvVar, Volume } from '../../imports/types';
import type { Reference } from './reference';

/** Secrets and ConfigMaps that Kubernetes waits for before it starts a container with these variables. Variables are read at start only. */
export function* envReferences(env: readonly EnvVar[] | undefined, path: string): Iterable<Reference> {
  for (const [index, { name, valueFrom }] of (env ?? []).entries()) {
    if (!valueFrom) continue;
    const { secretKeyRef: secret, configMapKeyRef: map } = valueFrom;
    const shared = { path: `${path}[${index}]`, purpose: `variable ${name}`, rollsPod: true };
    if (secret?.name && !secret.optional) yield { kind: 'Secret', name: secret.name, keys: [secret.key], ...shared };
    if (map?.name && !map.optional) yield { kind: 'ConfigMap', name: map.name, keys: [map.key], ...shared };
  }
}

/** The same for variables that are taken from a whole Secret or ConfigMap. */
export function* envFromReferences(envFrom: readonly EnvFromSource[] | undefined, path: string, purpose: string): Iterable<Reference> {
  for (const [index, { secretRef, configMapRef }] of (envFrom ?? []).entries()) {
    const shared = { path: `${path}[${index}]`, purpose, keys: [], rollsPod: true };
    if (secretRef?.name && !secretRef.optional) yield { kind: 'Secret', name: secretRef.name, ...shared };
    if (configMapRef?.name && !configMapRef.optional) yield { kind: 'ConfigMap', name: configMapRef.name, ...shared };
  }
}

/** What a pod waits for before it can mount these volumes. */
export function* volumeReferences(volumes: readonly Volume[] | undefined, path: string): Iterable<Reference> {
  for (const [index, { name: volume, secret, configMap, persistentVolumeClaim: claim }] of (volumes ?? []).entries()) {
    const shared = { path: `${path}[${index}]`, purpose: `volume ${volume}`, keys: [] };
    if (secret?.secretName && !secret.optional) yield { kind: 'Secret', name: secret.secretName, ...shared };
    if (configMap?.name && !configMap.optional) yield { kind: 'ConfigMap', name: configMap.name, ...shared };
    if (claim?.claimName) yield { kind: 'PersistentVolumeClaim', name: claim.claimName, ...shared };
  }
}
