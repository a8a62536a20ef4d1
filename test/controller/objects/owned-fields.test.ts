import { appliedBy, isOwnedByOthers } from '../../../controller/objects/owned-fields';
import type { KubeObject, ManagedFields } from '../../../controller/objects/objects';

const API = 'openclaw.rocks/v1alpha1';

/** As a real server writes it. */
const FIELDS = {
  'f:metadata': { 'f:annotations': { 'f:note': {} } },
  'f:spec': {
    'f:config': { 'f:raw': { 'f:agents': { 'f:list': {} }, 'f:gone': {} } },
    'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} }, 'k:{"name":"GONE"}': { '.': {}, 'f:name': {} } },
    'f:skills': { '.': {}, 'v:"@a/b"': {}, 'v:"gone"': {} },
    'f:workspace': { 'f:initialFiles': { 'f:__proto__': {}, 'f:a.md': {} } },
  },
};

function entry(manager: string, fieldsV1: object, more: Partial<ManagedFields> = {}): ManagedFields {
  return { manager, operation: 'Apply', apiVersion: API, fieldsType: 'FieldsV1', fieldsV1: fieldsV1 as Record<string, unknown>, ...more };
}

function live(managedFields: readonly ManagedFields[]): KubeObject {
  return {
    apiVersion: API,
    kind: 'OpenClawInstance',
    metadata: { name: 'alice', annotations: { note: 'n', other: 'o' }, managedFields },
    spec: {
      config: { raw: { agents: { list: [1, { b: 2 }], more: true } } },
      env: [
        { name: 'B', value: 'b' },
        { name: 'A', value: 'a', valueFrom: {} },
      ],
      skills: ['@p/q', '@a/b'],
      workspace: { initialFiles: { 'a.md': 'text', 'b.md': 'more' } },
    },
  };
}

it('what a manager applied is found with the values that stand there now, and what is gone is left out', () => {
  expect(appliedBy(live([entry('other', { 'f:spec': {} }), entry('me', FIELDS)]), 'me')).toEqual({
    metadata: { annotations: { note: 'n' } },
    spec: {
      config: { raw: { agents: { list: [1, { b: 2 }] } } },
      env: [{ name: 'A', value: 'a' }],
      skills: ['@a/b'],
      workspace: { initialFiles: { 'a.md': 'text' } },
    },
  });
});

it.each<[string, ManagedFields[]]>([
  ['no entry', []],
  ['an entry of an update', [entry('me', FIELDS, { operation: 'Update' })]],
  ['an entry of the status', [entry('me', FIELDS, { subresource: 'status' })]],
  ['an entry of another version', [entry('me', FIELDS, { apiVersion: 'openclaw.rocks/v0' })]],
])('nothing is found by %s', (_what, entries) => {
  expect(appliedBy(live(entries), 'me')).toEqual({});
});

it('an item is owned by others when anything in it is', () => {
  const theirs = { 'f:spec': { 'f:env': { 'k:{"name":"A"}': { 'f:value': {} } }, 'f:skills': { 'v:"@a/b"': {} } } };
  const both = live([entry('me', FIELDS), entry('kubectl', theirs, { operation: 'Update' })]);
  expect(isOwnedByOthers(both, 'me', ['spec', 'env', { name: 'A' }])).toBe(true);
  expect(isOwnedByOthers(both, 'me', ['spec', 'skills', { value: '@a/b' }])).toBe(true);
  expect(isOwnedByOthers(both, 'me', ['spec', 'skills', { value: '@p/q' }])).toBe(false);
  expect(isOwnedByOthers(both, 'me', ['spec', 'workspace', 'initialFiles', 'a.md'])).toBe(false);
});
