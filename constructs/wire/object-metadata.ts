import type { ApiObjectMetadata } from 'cdk8s';
import type { Instance } from '../spec/instance';
import { commonLabels } from './names';

/** What one object has beside the labels that every object has. */
export interface ExtraMetadata {
  /** For an object outside the namespace of its instance. @default - that of the instance */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The metadata of an object of `instance`. The namespace is left out where the instance names none. */
export function objectMetadata(
  { name: instanceName, namespace: home }: Pick<Instance, 'name' | 'namespace'>,
  name: string,
  { namespace = home, labels, annotations }: ExtraMetadata = {},
): ApiObjectMetadata & { readonly name: string } {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    // Ours last: an object that lost them would be found by nobody.
    labels: labels === undefined ? commonLabels(instanceName) : { ...labels, ...commonLabels(instanceName) },
    ...(annotations && { annotations }),
  };
}
