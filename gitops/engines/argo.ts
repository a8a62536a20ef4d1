import type { JsonObject } from '../../constructs/spec/json';
import type { Placement } from '../git/names';
import { ARGO_NAMESPACE, applicationName } from './argo-names';

/** How Argo CD applies an instance. */
export interface ArgoSettings {
  /** The AppProject that says what may be applied. */
  readonly project: string;
  /** URL of what it reads: `oci://host/path`, or a repository. */
  readonly repository: string;
  /** The tag or branch. */
  readonly revision: string;
  /** Where the Applications are. @default argocd */
  readonly namespace?: string;
  /** The API server that it applies to, as Argo CD knows it. @default - that of its own cluster */
  readonly server?: string;
}

/** How Argo CD calls the cluster that it runs in. */
export const OWN_SERVER = 'https://kubernetes.default.svc';

/** The annotations of an Application. */
export const applicationAnnotations = {
  // The API server knows its own defaults: what it would not change is no difference.
  'argocd.argoproj.io/compare-options': 'ServerSideDiff=true',
  // A commit elsewhere in the repository renders nothing anew.
  'argocd.argoproj.io/manifest-generate-paths': '.',
} as const;

/** With `refresh` a try takes the newest commit, which may be the one that mends what failed. */
export const RETRY = { limit: -1, refresh: true, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } } as const;

/** What the Application of an instance says. */
export function applicationSpec(settings: ArgoSettings, directory: string, namespace: string): JsonObject {
  const { project, repository, revision, server = OWN_SERVER } = settings;
  return {
    project,
    source: { repoURL: repository, targetRevision: revision, path: directory },
    destination: { server, namespace },
    // What an autoscaler sets is its own. Fields that we do not write are no difference to begin with.
    ignoreDifferences: [{ group: 'apps', kind: 'StatefulSet', managedFieldsManagers: ['kube-controller-manager'] }],
    syncPolicy: {
      automated: { prune: true, selfHeal: true },
      syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'],
      retry: RETRY,
    },
  };
}

/**
 * The Application of one instance, for a place that an ApplicationSet cannot read an index from. It has no finalizer: when it is deleted, the objects
 * stay.
 */
export function argoApplication(placement: Placement, directory: string, settings: ArgoSettings): JsonObject {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name: applicationName(placement),
      namespace: settings.namespace ?? ARGO_NAMESPACE,
      annotations: { ...applicationAnnotations },
    },
    spec: applicationSpec(settings, directory, placement.namespace),
  };
}
