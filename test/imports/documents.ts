/** An object of one of our kinds, as a user writes it. */
export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

const apiVersion = 'openclaw.rocks/v1alpha1';

export function instance(spec: unknown, name = 'a'): Document {
  return { apiVersion, kind: 'OpenClawInstance', metadata: { name, namespace: 'default' }, spec };
}

export function selfConfig(spec: object): Document {
  return { apiVersion, kind: 'OpenClawSelfConfig', metadata: { name: 'a', namespace: 'default' }, spec: { instanceRef: 'a', ...spec } };
}

export function clusterDefaults(spec: object, name = 'cluster'): Document {
  return { apiVersion, kind: 'OpenClawClusterDefaults', metadata: { name }, spec };
}

/** `count` strings that differ. */
export const many = (count: number, prefix = 'x'): string[] => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** An object with `count` keys. */
export const manyKeys = (count: number): Record<string, string> => Object.fromEntries(many(count).map((key) => [key, '']));
