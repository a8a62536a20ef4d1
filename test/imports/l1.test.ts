import { Testing } from 'cdk8s';
import {
  OpenClawClusterDefaults,
  OpenClawInstance,
  OpenClawInstanceSpecConfigMergeMode,
  OpenClawSelfConfig,
} from '../../imports/openclaw.rocks';

test('the classes of `cdk8s import` render our kinds', () => {
  const chart = Testing.chart();
  new OpenClawInstance(chart, 'alice', { spec: { config: { mergeMode: OpenClawInstanceSpecConfigMergeMode.MERGE } } });
  new OpenClawSelfConfig(chart, 'request', { spec: { instanceRef: 'alice', addSkills: ['fetch'] } });
  new OpenClawClusterDefaults(chart, 'fleet', { metadata: { name: 'cluster' }, spec: { registry: 'registry.example.com' } });
  expect(Testing.synth(chart)).toEqual([
    {
      apiVersion: 'openclaw.rocks/v1alpha1',
      kind: 'OpenClawInstance',
      metadata: { name: expect.stringContaining('alice') },
      spec: { config: { mergeMode: 'merge' } },
    },
    {
      apiVersion: 'openclaw.rocks/v1alpha1',
      kind: 'OpenClawSelfConfig',
      metadata: { name: expect.stringContaining('request') },
      spec: { instanceRef: 'alice', addSkills: ['fetch'] },
    },
    {
      apiVersion: 'openclaw.rocks/v1alpha1',
      kind: 'OpenClawClusterDefaults',
      metadata: { name: 'cluster' },
      spec: { registry: 'registry.example.com' },
    },
  ]);
});
