import type { Manifest } from '../../constructs';
import { envFromReferences, envReferences, volumeReferences } from '../../constructs/spec/pod-references';
import { objectId } from '../../constructs/wire/object-ref';

interface Container {
  readonly env?: Parameters<typeof envReferences>[0];
  readonly envFrom?: Parameters<typeof envFromReferences>[0];
}

interface Workload {
  readonly spec?: {
    readonly template?: {
      readonly spec?: {
        readonly serviceAccountName?: string;
        readonly volumes?: Parameters<typeof volumeReferences>[0];
        readonly containers?: readonly Container[];
        readonly initContainers?: readonly Container[];
      };
    };
  };
}

/** Ids of what the pods of a workload cannot do without: their account, and the claims, ConfigMaps and Secrets that they mount or read. */
export function podUses(workload: Manifest, namespace: string): ReadonlySet<string> {
  const pod = (workload as Workload).spec?.template?.spec ?? {};
  const { serviceAccountName, volumes = [], containers = [], initContainers = [] } = pod;
  const of = (kind: string, name: string): string => objectId({ apiVersion: 'v1', kind, namespace, name });
  const variables = [...initContainers, ...containers].flatMap(({ env, envFrom }) => [
    ...envReferences(env, ''),
    ...envFromReferences(envFrom, '', ''),
  ]);
  const references = [...volumeReferences(volumes, ''), ...variables].map(({ kind, name }) => of(kind, name));
  return new Set(serviceAccountName === undefined ? references : [of('ServiceAccount', serviceAccountName), ...references]);
}
