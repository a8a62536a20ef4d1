import type { JsonObject } from '../../constructs/spec/json';
import { type ValueCase, egress, volume } from './case';

type Row = readonly [holds: string, field: string, bad: JsonObject, good: JsonObject, theirs?: string];

function rows(rule: string, base: string, list: readonly Row[], wrap: (fields: JsonObject) => JsonObject): ValueCase[] {
  return list.map(([holds, field, bad, good, theirs]) => ({
    rule,
    holds,
    bad: wrap(bad),
    good: wrap(good),
    path: field === '' ? base : `${base}${field.startsWith('[') ? '' : '.'}${field}`,
    ...(theirs !== undefined && { theirs }),
  }));
}

const secret = (fields: JsonObject): JsonObject => ({ secret: { secretName: 'keys', ...fields } });
const item = (fields: JsonObject): JsonObject => secret({ items: [{ key: 'a', path: 'b', ...fields }] });
const projected = (source: JsonObject): JsonObject => ({ projected: { sources: [source] } });
const token = (fields: JsonObject): JsonObject => projected({ serviceAccountToken: { path: 'token', ...fields } });
const downward = (fields: JsonObject): JsonObject => ({ downwardAPI: { items: [{ path: 'a', ...fields }] } });
const name = { fieldRef: { fieldPath: 'metadata.name' } };
const claim = (fields: JsonObject): JsonObject => ({
  ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...fields } } },
});

const volumes = rows(
  'values/volume',
  'spec.extraVolumes[0]',
  [
    ['a volume has one source', 'secret', { emptyDir: {}, secret: { secretName: 'keys' } }, { emptyDir: {} }],
    ['a volume names its Secret', 'secret.secretName', { secret: {} }, secret({})],
    ['a volume names its ConfigMap', 'configMap.name', { configMap: {} }, { configMap: { name: 'a' } }],
    [
      'a volume names its claim',
      'persistentVolumeClaim.claimName',
      { persistentVolumeClaim: { claimName: '' } },
      { persistentVolumeClaim: { claimName: 'a' } },
    ],
    ['a mode is from 0 to 0777', 'secret.defaultMode', secret({ defaultMode: 512 }), secret({ defaultMode: 511 })],
    ['an item names its key', 'secret.items[0].key', item({ key: '' }), item({ key: 'A' })],
    ['an item has a path', 'secret.items[0].path', item({ path: '' }), item({ path: 'a' })],
    ['the path of an item is relative', 'secret.items[0].path', item({ path: '/a' }), item({ path: 'a/b' })],
    ["the path of an item has no '..'", 'secret.items[0].path', item({ path: 'a/../b' }), item({ path: 'a..b' })],
    ['sizeLimit is not negative', 'emptyDir.sizeLimit', { emptyDir: { sizeLimit: '-1' } }, { emptyDir: { sizeLimit: '0' } }],
    ["the path of the node has no '..'", 'hostPath.path', { hostPath: { path: '/a/../b' } }, { hostPath: { path: '/a..b' } }],
    ['the path of the node is not empty', 'hostPath.path', { hostPath: { path: '' } }, { hostPath: { path: '/' } }],
    ['NFS names its server', 'nfs.server', { nfs: { server: '', path: '/a' } }, { nfs: { server: 's', path: '/a' } }],
    ['the path of NFS is absolute', 'nfs.path', { nfs: { server: 's', path: 'a' } }, { nfs: { server: 's', path: '/' } }],
    ['CSI names its driver', 'csi.driver', { csi: { driver: '' } }, { csi: { driver: 'a.example.com' } }],
    [
      'a projection has one source an entry',
      'projected.sources[0].configMap',
      projected({ secret: { name: 'a' }, configMap: { name: 'b' } }),
      projected({ secret: { name: 'a' } }),
      'projected.sources[0]',
    ],
    [
      'a projection names its Secret or ConfigMap',
      'projected.sources[0].secret.name',
      projected({ secret: {} }),
      projected({ secret: { name: 'a' } }),
    ],
    [
      'a token lives for at least 600 seconds',
      'projected.sources[0].serviceAccountToken.expirationSeconds',
      token({ expirationSeconds: 599 }),
      token({ expirationSeconds: 600 }),
    ],
    ['a token has a path', 'projected.sources[0].serviceAccountToken.path', token({ path: '' }), token({}), 'projected.path'],
    ['a file of the downward API has a source', 'downwardAPI.items[0]', downward({}), downward(name), 'downwardAPI'],
    [
      'a file of the downward API has one source',
      'downwardAPI.items[0].resourceFieldRef',
      downward({ ...name, resourceFieldRef: { containerName: 'openclaw', resource: 'limits.cpu' } }),
      downward({ resourceFieldRef: { containerName: 'openclaw', resource: 'limits.cpu' } }),
      'downwardAPI',
    ],
    [
      'a file of the downward API shows metadata',
      'downwardAPI.items[0].fieldRef.fieldPath',
      downward({ fieldRef: { fieldPath: 'status.podIP' } }),
      downward({ fieldRef: { fieldPath: 'metadata.labels' } }),
      'downwardAPI.fieldRef.fieldPath',
    ],
    [
      'a file of the downward API names the container of a resource',
      'downwardAPI.items[0].resourceFieldRef.containerName',
      downward({ resourceFieldRef: { resource: 'limits.cpu' } }),
      downward({ resourceFieldRef: { containerName: 'openclaw', resource: 'limits.cpu' } }),
      'downwardAPI.resourceFieldRef.containerName',
    ],
    ['an ephemeral volume has a template', 'ephemeral.volumeClaimTemplate', { ephemeral: {} }, claim({})],
    ['an ephemeral volume has access modes', 'ephemeral.volumeClaimTemplate.spec.accessModes', claim({ accessModes: [] }), claim({})],
    [
      'an ephemeral volume asks for storage',
      'ephemeral.volumeClaimTemplate.spec.resources',
      claim({ resources: {} }),
      claim({}),
      'spec.resources[storage]',
    ],
  ],
  volume,
);

const tolerations = rows(
  'values/toleration',
  'spec.availability.tolerations[0]',
  [
    ['a toleration without a key has operator Exists', 'operator', { value: 'a' }, { operator: 'Exists' }],
    [
      'a toleration with operator Exists has no value',
      'value',
      { key: 'a', operator: 'Exists', value: 'b' },
      { key: 'a', operator: 'Equal', value: 'b' },
      'tolerations[0].operator',
    ],
    [
      'the value of a toleration is the value of a label',
      'value',
      { key: 'a', value: 'b c' },
      { key: 'a', value: '' },
      'tolerations[0].operator',
    ],
    ['the key of a toleration is the key of a label', 'key', { key: 'a b', operator: 'Exists' }, { key: 'a.b/C', operator: 'Exists' }],
    [
      'tolerationSeconds go with effect NoExecute',
      'effect',
      { key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 5 },
      { key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
    ],
  ],
  (toleration) => ({ availability: { tolerations: [toleration] } }),
);

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

const node = (expression: JsonObject): JsonObject => ({
  nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } },
});
const nodeName = (fields: JsonObject): JsonObject => ({
  nodeAffinity: {
    [REQUIRED]: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'], ...fields }] }] },
  },
});
const prefersNode = (weight: number): JsonObject => ({
  nodeAffinity: { [PREFERRED]: [{ weight, preference: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }] },
});
const labelSelector = { matchLabels: { a: 'b' } };
const term = (fields: JsonObject): JsonObject => ({ podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'a', labelSelector, ...fields }] } });
const selects = (expression: JsonObject): JsonObject => term({ labelSelector: { matchExpressions: [{ key: 'a', ...expression }] } });
const prefersPod = (weight: number): JsonObject => ({
  podAffinity: { [PREFERRED]: [{ weight, podAffinityTerm: { topologyKey: 'a', labelSelector } }] },
});

const TERMS = `nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
const POD_TERM = `podAntiAffinity.${REQUIRED}[0]`;

const affinities = rows(
  'values/affinity',
  'spec.availability.affinity',
  [
    [
      'a required affinity for nodes has a term',
      TERMS,
      { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [] } } },
      { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{}] } } },
    ],
    [
      'In and NotIn have values',
      `${TERMS}[0].matchExpressions[0].values`,
      node({ key: 'a', operator: 'In' }),
      node({ key: 'a', operator: 'In', values: ['b'] }),
    ],
    [
      'Exists and DoesNotExist have no values',
      `${TERMS}[0].matchExpressions[0].values`,
      node({ key: 'a', operator: 'Exists', values: ['b'] }),
      node({ key: 'a', operator: 'Exists' }),
    ],
    [
      'Gt and Lt have one value',
      `${TERMS}[0].matchExpressions[0].values`,
      node({ key: 'a', operator: 'Gt', values: ['1', '2'] }),
      node({ key: 'a', operator: 'Gt', values: ['1'] }),
    ],
    [
      'a key of a node is the key of a label',
      `${TERMS}[0].matchExpressions[0].key`,
      node({ key: 'a b', operator: 'Exists' }),
      node({ key: 'a/b', operator: 'Exists' }),
    ],
    [
      'a value of a required node is the value of a label',
      `${TERMS}[0].matchExpressions[0].values[0]`,
      node({ key: 'a', operator: 'In', values: ['b c'] }),
      node({ key: 'a', operator: 'In', values: [''] }),
    ],
    ['a field of a node is its name', `${TERMS}[0].matchFields[0].key`, nodeName({ key: 'metadata.uid' }), nodeName({})],
    [
      'the name of a node is one value',
      `${TERMS}[0].matchFields[0].values`,
      nodeName({ values: ['a', 'b'] }),
      nodeName({ operator: 'NotIn' }),
    ],
    ['the weight of a node is from 1 to 100', `nodeAffinity.${PREFERRED}[0].weight`, prefersNode(0), prefersNode(1)],
    ['the weight of a pod is from 1 to 100', `podAffinity.${PREFERRED}[0].weight`, prefersPod(101), prefersPod(100)],
    ['a term for pods has a topologyKey', `${POD_TERM}.topologyKey`, term({ topologyKey: '' }), term({ topologyKey: 'a/b' })],
    [
      'In and NotIn of a label selector have values',
      `${POD_TERM}.labelSelector.matchExpressions[0].values`,
      selects({ operator: 'In', values: [] }),
      selects({ operator: 'In', values: ['b'] }),
    ],
    [
      'an operator of a label selector is In, NotIn, Exists or DoesNotExist',
      `${POD_TERM}.labelSelector.matchExpressions[0].operator`,
      selects({ operator: 'Gt', values: ['1'] }),
      selects({ operator: 'DoesNotExist' }),
    ],
    [
      'the keys of a label selector are keys of labels',
      `${POD_TERM}.labelSelector.matchLabels`,
      term({ labelSelector: { matchLabels: { 'a b': '' } } }),
      term({ labelSelector: { matchLabels: { 'a/b': '' } } }),
    ],
    [
      'the values of a label selector are values of labels',
      `${POD_TERM}.labelSelector.matchLabels`,
      term({ labelSelector: { matchLabels: { a: 'b c' } } }),
      term({ labelSelector: { matchLabels: { a: 'B_c' } } }),
    ],
    [
      'the namespaces of a term are names',
      `${POD_TERM}.namespaces[0]`,
      term({ namespaces: ['A_'] }),
      term({ namespaces: ['a'] }),
      `${POD_TERM}.namespace`,
    ],
    [
      'matchLabelKeys need a labelSelector',
      `${POD_TERM}.matchLabelKeys`,
      { podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'a', matchLabelKeys: ['x'] }] } },
      term({ matchLabelKeys: ['x'] }),
    ],
    [
      'a key does not stand in matchLabelKeys and mismatchLabelKeys',
      `${POD_TERM}.matchLabelKeys[0]`,
      term({ matchLabelKeys: ['x'], mismatchLabelKeys: ['x'] }),
      term({ matchLabelKeys: ['x'], mismatchLabelKeys: ['y'] }),
    ],
  ],
  (affinity) => ({ availability: { affinity } }),
);

const spread = { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule', labelSelector };

const spreads = rows(
  'values/topology-spread',
  'spec.availability.topologySpreadConstraints[0]',
  [
    ['maxSkew is above 0', 'maxSkew', { maxSkew: 0 }, { maxSkew: 1 }],
    ['a constraint has a topologyKey', 'topologyKey', { topologyKey: '' }, { topologyKey: 'a' }],
    ['minDomains is above 0', 'minDomains', { minDomains: 0 }, { minDomains: 1 }],
    ['minDomains go with DoNotSchedule', 'minDomains', { minDomains: 2, whenUnsatisfiable: 'ScheduleAnyway' }, { minDomains: 2 }],
  ],
  (fields) => ({ availability: { topologySpreadConstraints: [{ ...spread, ...fields }] } }),
);

const peer = (fields: JsonObject): JsonObject => ({ to: [fields] });
const block = (fields: JsonObject): JsonObject => peer({ ipBlock: { cidr: '10.0.0.0/8', ...fields } });
const egressPort = (fields: JsonObject): JsonObject => ({ ports: [{ protocol: 'TCP', ...fields }] });

const rules = rows(
  'values/egress',
  'spec.security.networkPolicy.additionalEgress[0]',
  [
    ['a peer is not empty', 'to[0]', peer({}), peer({ podSelector: {} })],
    ['ipBlock stands alone', 'to[0]', peer({ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }), block({})],
    ['cidr is an address range', 'to[0].ipBlock.cidr', block({ cidr: '10.0.0.0' }), block({ cidr: '10.0.0.0/32' })],
    ['a range has no bits beyond its prefix', 'to[0].ipBlock.cidr', block({ cidr: '10.0.0.1/8' }), block({ cidr: 'fd00::/8' })],
    ['except lies inside of cidr', 'to[0].ipBlock.except[0]', block({ except: ['11.0.0.0/16'] }), block({ except: ['10.255.0.0/16'] })],
    ['except is smaller than cidr', 'to[0].ipBlock.except[0]', block({ except: ['10.0.0.0/8'] }), block({ except: ['10.0.0.0/9'] })],
    ['the port of a rule is from 1 to 65535', 'ports[0].port', egressPort({ port: 70000 }), egressPort({ port: 1 })],
    ['the port of a rule is a number or the name of a port', 'ports[0].port', egressPort({ port: '443' }), egressPort({ port: 'https' })],
    ['endPort needs a port', 'ports[0].endPort', egressPort({ endPort: 5 }), egressPort({ port: 5, endPort: 5 })],
    [
      'endPort needs a port that is a number',
      'ports[0].endPort',
      egressPort({ port: 'https', endPort: 5 }),
      egressPort({ port: 5, endPort: 65535 }),
    ],
    ['endPort is not below port', 'ports[0].endPort', egressPort({ port: 6, endPort: 5 }), egressPort({ port: 5, endPort: 6 })],
    [
      'a selector of a peer has keys of labels',
      'to[0].podSelector.matchLabels',
      peer({ podSelector: { matchLabels: { 'a b': '' } } }),
      peer({ podSelector: { matchLabels: { a: '' } } }),
    ],
  ],
  egress,
);

/** The server's rules of pods and policies. */
export const podCases: readonly ValueCase[] = [...volumes, ...tolerations, ...affinities, ...spreads, ...rules];
