import type { StructuralSchema } from './structural';

const TEXT: StructuralSchema = { type: 'string' };
const TEXTS: StructuralSchema = { type: 'array', items: TEXT };
const TEXT_MAP: StructuralSchema = { type: 'object', additionalProperties: TEXT };
const WHOLE: StructuralSchema = { type: 'integer', format: 'int64' };
const TIME: StructuralSchema = { type: 'string', format: 'date-time' };

const OWNER_REFERENCE: StructuralSchema = {
  type: 'object',
  properties: {
    apiVersion: TEXT,
    blockOwnerDeletion: { type: 'boolean' },
    controller: { type: 'boolean' },
    kind: TEXT,
    name: TEXT,
    uid: TEXT,
  },
};

/**
 * Kubernetes' ObjectMeta, which the server decodes into its own type before it looks at any schema of ours.
 * `managedFields` is the server's and passes unread.
 */
export const OBJECT_META: StructuralSchema = {
  type: 'object',
  properties: {
    annotations: TEXT_MAP,
    creationTimestamp: TIME,
    deletionGracePeriodSeconds: WHOLE,
    deletionTimestamp: TIME,
    finalizers: TEXTS,
    generateName: TEXT,
    generation: WHOLE,
    labels: TEXT_MAP,
    managedFields: { 'x-kubernetes-preserve-unknown-fields': true },
    name: TEXT,
    namespace: TEXT,
    ownerReferences: { type: 'array', items: OWNER_REFERENCE },
    resourceVersion: TEXT,
    selfLink: TEXT,
    uid: TEXT,
  },
};
