import type { ApiObjectMetadata } from 'cdk8s';
import type { Instance } from '../spec/instance';
import { commonLabels } from './names';

/** Labels and annotations of one object, beside those that every object has. */
export interface ExtraMetadata {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** The metadata of an object of `instance`. The namespace is left out where the instance names none. */
export function objectMetadata(
  { name: instanceName, namespace }: Pick<Instance, 'name' | 'namespace'>,
  name: string,
  { labels, annotations }: ExtraMetadata = {},
): ApiObjectMetadata & { readonly name: string } {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    // Ours last: an object that lost them would be found by nobody.
    labels: labels === undefined ? commonLabels(instanceName) : { ...labels, ...commonLabels(instanceName) },
    ...(annotations && { annotations }),
  };
}
