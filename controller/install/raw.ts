import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { LABELS } from './names';

type RawObject = ConstructorParameters<typeof ApiObject>[2];

/** Puts an object that is there as plain data into a chart, with the labels of the install. */
export function addRaw(scope: Construct, id: string, object: object): void {
  const raw = object as RawObject;
  new ApiObject(scope, id, { ...raw, metadata: { ...raw.metadata, labels: { ...raw.metadata?.labels, ...LABELS } } });
}
