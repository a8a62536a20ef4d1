import { kinds } from '../../constructs/wire/kinds';
import { containers, objectNames } from '../../constructs/wire/names';
import type { ObjectRef } from '../../constructs/wire/object-ref';
import type { KubeObject } from './objects';

/** The object whose pods run an instance. */
export function workloadRef(namespace: string, name: string): ObjectRef {
  const { apiVersion, kind } = kinds.statefulSet;
  return { apiVersion, kind, namespace, name: objectNames.statefulSet(name) };
}

/** The image of the agent, which is the first container. */
export function imageOf(workload: KubeObject | undefined): string | undefined {
  const spec = workload?.['spec'] as { template?: { spec?: { containers?: { name: string; image?: string }[] } } } | undefined;
  return spec?.template?.spec?.containers?.find(({ name }) => name === containers.agent)?.image;
}
