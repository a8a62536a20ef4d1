import { commonLabels, labels } from '../../../constructs/wire/names';
import type { Part } from '../../../constructs';
import { parts } from '../../../constructs/parts';
import type { KubeObject } from '../../../controller/objects/objects';
import { anObserved, live, names, owned, planOf } from '../observed';

const withoutDashboards = parts.filter(({ claims }) => !claims.some((claim) => claim.startsWith('observability')));

const mark = { ...commonLabels('alice'), [labels.ownName]: 'alice' };
const secret = (name: string, own: Readonly<Record<string, string>>): KubeObject =>
  owned({ apiVersion: 'v1', kind: 'Secret', metadata: { name, labels: own } }, live());
const object = (kind: string, name: string, apiVersion = 'v1'): KubeObject => owned({ apiVersion, kind, metadata: { name } }, live());

/** Objects without an owner that lie outside the namespace. */
const outside = (writers: readonly 'ours'[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'board', namespace: 'monitoring', writers, labels: { ...mark, [labels.ownNamespace]: 'team-a' } },
});

it.each<[string, KubeObject, 'prune' | 'left' | 'neither']>([
  ['an Ingress that a predecessor exposed', object('Ingress', 'alice', 'networking.k8s.io/v1'), 'prune'],
  ['a Secret with our mark', secret('alice-basic-auth', mark), 'prune'],
  ['T-R3 a Secret of a predecessor', secret('alice-basic-auth', commonLabels('alice')), 'left'],
  ['T-R3 the identity in a tailnet', secret('alice-ts-state', commonLabels('alice')), 'left'],
  ['T-R3 a dashboard of a feature that is not rendered', object('ConfigMap', 'alice-dashboard-instance'), 'left'],
  ['a claim whose feature is off', object('PersistentVolumeClaim', 'alice-chromium-data'), 'left'],
  ['T-T6 a Secret of a user with the instance as its owner', secret('keys', {}), 'neither'],
  ['what we made outside the namespace', outside(['ours']), 'prune'],
  ['T-T6 what somebody labelled outside the namespace', outside([]), 'left'],
])('C23 of %s', (_what, found, where) => {
  const plan = planOf(anObserved({ owned: [found], parts: withoutDashboards }));
  expect({ prune: names(plan.prune), left: names(plan.left) }).toEqual({
    prune: where === 'prune' ? names([found]) : [],
    left: where === 'left' ? names([found]) : [],
  });
});

it('C23 what a feature made goes once a part renders the feature', () => {
  const renders: Part = { name: 'dashboards', claims: ['observability.metrics.grafanaDashboard'] };
  const plan = planOf(anObserved({ owned: [object('ConfigMap', 'alice-dashboard-instance')], parts: [...withoutDashboards, renders] }));
  expect(names(plan.prune)).toEqual(['ConfigMap alice-dashboard-instance']);
});
