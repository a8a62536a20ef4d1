import { ApiObject, type Chart, JsonPatch, Lazy, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Chromium, Ingress, Ollama, OpenClaw, OpenClawChart, Workspace, parts, resolve } from '../../../constructs';
import { newChart, objectOf, podOf } from './synthesized';

const POD_LABELS = { 'app.kubernetes.io/instance': 'alice', 'app.kubernetes.io/name': 'openclaw' };

function specOf(chart: Chart, kind: string, name: string): Record<string, unknown> {
  return objectOf(chart, kind, name)['spec'] as Record<string, unknown>;
}

/** openclaw.json. */
function configOf(chart: Chart): unknown {
  return JSON.parse((objectOf(chart, 'ConfigMap', 'alice-config')['data'] as Record<string, string>)['openclaw.json']!);
}

/** Every NetworkPolicy of the chart but our own. */
function policiesOf(chart: Chart): { metadata: { namespace?: string }; spec: Record<string, unknown> }[] {
  const manifests = Testing.synth(chart) as {
    kind: string;
    metadata: { name: string; namespace?: string };
    spec: Record<string, unknown>;
  }[];
  return manifests.filter(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name !== 'alice');
}

describe('the Service of an OpenClaw', () => {
  test('is a backend of an Ingress', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    new kplus.Ingress(chart, 'Ingress', { metadata: { name: 'shared' } }).addHostRule(
      'a.example.com',
      '/',
      kplus.IngressBackend.fromService(openclaw.service, { port: openclaw.service.port }),
    );

    expect(specOf(chart, 'Ingress', 'shared')).toMatchObject({
      rules: [{ host: 'a.example.com', http: { paths: [{ backend: { service: { name: 'alice', port: { number: 18789 } } } }] } }],
    });
  });

  test('is the one object, not a second one', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    const service: kplus.Service = openclaw.service;

    expect(service).toBe(openclaw.service);
    expect(service).toBeInstanceOf(kplus.Service);
    expect(specOf(chart, 'Service', 'alice')).toMatchObject({ selector: POD_LABELS });
    expect(service.metadata.namespace).toBe('team-a');
    expect(ApiObject.of(service).kind).toBe('Service');
  });

  test('knows the ports of today, those added later too', () => {
    const openclaw = new OpenClaw(newChart(), 'alice');
    const service: kplus.Service = openclaw.service;

    openclaw.serviceHost.addPort('mine', { name: 'own', port: 9191, targetPort: 9191 });

    expect(service.ports.map(({ name, port }) => [name, port])).toEqual([
      ['gateway', 18789],
      ['canvas', 18793],
      ['metrics', 9090],
      ['own', 9191],
    ]);
  });

  test('binds a port of its own, with a name', () => {
    const chart = newChart();
    const service: kplus.Service = new OpenClaw(chart, 'alice').service;

    service.bind(9191, { name: 'own', targetPort: 9191 });

    expect(specOf(chart, 'Service', 'alice')['ports']).toContainEqual({ name: 'own', port: 9191, targetPort: 9191, protocol: 'TCP' });
    expect(() => service.bind(9092)).toThrow('port 9092 of service "alice" needs a name');
    expect(() => service.bind(53, { name: 'dns', protocol: kplus.Protocol.UDP })).toThrow('list it in networking.service.ports');
  });

  test('says so when the ports are listed by the author', () => {
    const { service } = new OpenClaw(newChart(), 'alice', {
      networking: { service: { ports: [{ name: 'web', port: 80, targetPort: 18790 }] } },
    });

    expect(service.port).toBe(80);
    expect(() => service.bind(9191, { name: 'own' })).toThrow('networking.service.ports lists all ports');
  });

  test('exposes the gateway through an Ingress of its own', () => {
    const chart = newChart();
    const service: kplus.Service = new OpenClaw(chart, 'alice').service;

    service.exposeViaIngress('/');

    const ingress = (Testing.synth(chart) as { kind: string; spec: object }[]).find(({ kind }) => kind === 'Ingress');
    expect(ingress!.spec).toMatchObject({
      rules: [{ http: { paths: [{ backend: { service: { name: 'alice', port: { number: 18789 } } } }] } }],
    });
  });

  test('cannot be pointed at other pods', () => {
    const { service } = new OpenClaw(newChart(), 'alice');

    expect(() => service.selectLabel('app', 'other')).toThrow('service "alice" selects the pods of its instance');
  });
});

describe('the pods of an OpenClaw', () => {
  test('are selected by a NetworkPolicy', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    new kplus.NetworkPolicy(chart, 'Policy', { selector: openclaw.podSelector }).addIngressRule(
      kplus.NetworkPolicyIpBlock.ipv4(chart, 'Office', '192.0.2.0/24'),
    );

    const [policy, ...others] = policiesOf(chart);
    expect(others).toEqual([]);
    expect(policy).toMatchObject({
      metadata: { namespace: 'team-a' },
      spec: { podSelector: { matchLabels: POD_LABELS }, ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] },
    });
  });

  test('are a peer of a Deployment, on the ports that answer', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');
    const client = new kplus.Deployment(chart, 'Client', { containers: [{ image: 'client:1' }] });

    client.connections.allowTo(openclaw.podSelector);

    const policies = policiesOf(chart);
    const egress = policies.find(({ spec }) => 'egress' in spec);
    const ingress = policies.find(({ spec }) => 'ingress' in spec);
    const ports = [
      { port: 18790, protocol: 'TCP' },
      { port: 18794, protocol: 'TCP' },
      { port: 9090, protocol: 'TCP' },
    ];
    expect(egress!.spec).toMatchObject({ egress: [{ ports, to: [{ podSelector: { matchLabels: POD_LABELS } }] }] });
    expect(ingress).toMatchObject({
      metadata: { namespace: 'team-a' },
      spec: { podSelector: { matchLabels: POD_LABELS }, ingress: [{ ports, from: [expect.anything()] }] },
    });
  });

  test('without a namespace mean those of the same namespace', () => {
    const chart = newChart({});
    const openclaw = new OpenClaw(chart, 'alice');

    expect(openclaw.podSelector.toPodSelectorConfig().namespaces).toBeUndefined();
    new kplus.NetworkPolicy(chart, 'Policy', { selector: openclaw.podSelector });
    expect(policiesOf(chart)[0]!.metadata.namespace).toBeUndefined();
  });

  test('attract the pods of others', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');
    const client = new kplus.Deployment(chart, 'Client', { metadata: { name: 'client' }, containers: [{ image: 'client:1' }] });

    client.scheduling.colocate(openclaw.podSelector);

    expect(JSON.stringify(specOf(chart, 'Deployment', 'client'))).toContain(JSON.stringify({ matchLabels: POD_LABELS }));
  });
});

describe('names that an OpenClaw gives back', () => {
  test('the account is the subject of a RoleBinding', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    new kplus.RoleBinding(chart, 'Binding', {
      metadata: { name: 'mine' },
      role: kplus.Role.fromRoleName(chart, 'Role', 'mine'),
    }).addSubjects(openclaw.serviceAccount);

    expect(objectOf(chart, 'RoleBinding', 'mine')).toMatchObject({
      subjects: [{ kind: 'ServiceAccount', name: 'alice', namespace: 'team-a' }],
    });
  });

  test('the token reaches the container of somebody else', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    new kplus.Deployment(chart, 'Client', {
      metadata: { name: 'client' },
      containers: [{ image: 'client:1', envVariables: { TOKEN: openclaw.gatewayTokenSecret.envValue('token') } }],
    });

    expect(JSON.stringify(specOf(chart, 'Deployment', 'client'))).toContain(
      JSON.stringify({ name: 'TOKEN', valueFrom: { secretKeyRef: { key: 'token', name: 'alice-gateway-token' } } }),
    );
    expect(openclaw.references).toContainEqual(expect.objectContaining({ kind: 'Secret', name: 'alice-gateway-token', keys: ['token'] }));
  });

  test('the ConfigMap and the claim are mounted by somebody else', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');
    const reader = new kplus.Deployment(chart, 'Reader', { metadata: { name: 'reader' }, containers: [{ image: 'reader:1' }] });

    reader.addVolume(kplus.Volume.fromConfigMap(chart, 'Config', openclaw.configMap));
    reader.addVolume(kplus.Volume.fromPersistentVolumeClaim(chart, 'Data', openclaw.dataClaim!));

    expect(JSON.stringify(specOf(chart, 'Deployment', 'reader'))).toMatch(
      /"configMap":\{"name":"alice-config"\}.*"claimName":"alice-data"/,
    );
  });

  test('a Role lets somebody read the ConfigMap', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    new kplus.Role(chart, 'Role', { metadata: { name: 'reader' } }).allowRead(openclaw.configMap);

    expect(objectOf(chart, 'Role', 'reader')).toMatchObject({
      rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['alice-config'] }],
    });
  });

  test('there is no claim where nothing is kept', () => {
    expect(new OpenClaw(newChart(), 'alice', { storage: { persistence: { enabled: false } } }).dataClaim).toBeUndefined();
  });

  test('asking adds no object', () => {
    const [asked, plain] = [newChart(), newChart()];
    const openclaw = new OpenClaw(asked, 'alice');
    new OpenClaw(plain, 'alice');

    const names = [openclaw.service, openclaw.serviceAccount, openclaw.podSelector, openclaw.gatewayTokenSecret, openclaw.configMap];
    const again = [openclaw.service, openclaw.serviceAccount, openclaw.podSelector, openclaw.gatewayTokenSecret, openclaw.configMap];

    expect(again).toEqual(names);
    expect(openclaw.dataClaim).toBe(openclaw.dataClaim);
    expect(Testing.synth(asked)).toEqual(Testing.synth(plain));
  });
});

describe('more for an OpenClaw', () => {
  test('an author adds a container, a volume, a port, a rule and a patch until synthesis', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');

    openclaw.pod.addVolume('mine', { name: 'mine', emptyDir: {} });
    openclaw.pod.addContainer('mine', { name: 'mine', image: 'mine:1', volumeMounts: [{ name: 'mine', mountPath: '/mine' }] });
    openclaw.pod.addEnv('mine', { name: 'MINE', value: '1' });
    openclaw.serviceHost.addPort('mine', { name: 'mine', port: 9191, targetPort: 9191 });
    openclaw.rbac.allow({ apiGroups: [''], resources: ['pods'], verbs: ['list'] });
    openclaw.network.allowEgress({ ports: [{ port: 5432, protocol: 'TCP' }] });
    openclaw.config.patch({ mine: { enabled: true } });
    ApiObject.of(openclaw).addJsonPatch(JsonPatch.replace('/spec/revisionHistoryLimit', 3));

    expect(podOf(chart, 'alice').containers.at(-1)).toMatchObject({ name: 'mine', image: 'mine:1' });
    expect(podOf(chart, 'alice').volumes).toContainEqual({ name: 'mine', emptyDir: {} });
    expect(podOf(chart, 'alice').containers[0]!.env).toContainEqual({ name: 'MINE', value: '1' });
    expect(specOf(chart, 'Service', 'alice')['ports']).toContainEqual({ name: 'mine', port: 9191, targetPort: 9191, protocol: 'TCP' });
    expect(objectOf(chart, 'Role', 'alice')['rules']).toContainEqual({ apiGroups: [''], resources: ['pods'], verbs: ['list'] });
    expect(specOf(chart, 'NetworkPolicy', 'alice')['egress']).toContainEqual({ ports: [{ port: 5432, protocol: 'TCP' }] });
    expect(configOf(chart)).toMatchObject({ mine: { enabled: true } });
    expect(specOf(chart, 'StatefulSet', 'alice')).toMatchObject({ revisionHistoryLimit: 3 });
  });

  test('what is known at synthesis only is said with Lazy values and tokens', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice');
    let known = 'not yet';
    const late = Lazy.any({ produce: () => known }) as string;

    openclaw.pod.addEnv('mine', { name: 'LATE', value: late });
    openclaw.pod.addContainer('mine', { name: 'mine', image: late });
    openclaw.config.patch({ mine: { lazy: late, list: [late], token: { resolve: () => known } } });
    known = 'now';

    expect(podOf(chart, 'alice').containers[0]!.env).toContainEqual({ name: 'LATE', value: 'now' });
    expect(podOf(chart, 'alice').containers.at(-1)).toMatchObject({ image: 'now' });
    expect(configOf(chart)).toMatchObject({ mine: { lazy: 'now', list: ['now'], token: 'now' } });
  });

  test('what is no JSON does not get into openclaw.json', () => {
    const chart = newChart();

    new OpenClaw(chart, 'alice').config.patch({ since: new Date(0) });

    expect(() => Testing.synth(chart)).toThrow('openclaw.json: a Date is no JSON: write its plain value');
  });

  test('a name that is taken is refused, naming both owners', () => {
    const openclaw = new OpenClaw(newChart(), 'alice');

    expect(() => openclaw.pod.addVolume('mine', { name: 'data', emptyDir: {} })).toThrow('volume "data" of part "mine"');
  });

  test('features are constructs of their own, with the hosts of an OpenClaw', () => {
    const chart = newChart();
    const openclaw = new OpenClaw(chart, 'alice', {
      parts: parts.filter(({ name }) => name !== 'workspace'),
      networking: { ingress: { hosts: [{ host: 'a.example.com' }], className: 'nginx' } },
    });

    new Chromium(openclaw, 'Browser', openclaw);
    new Ollama(openclaw, 'Models', openclaw);
    new Ingress(openclaw, 'Entry', openclaw);
    new Workspace(openclaw, 'Files', openclaw);

    const { containers, initContainers } = podOf(chart, 'alice');
    expect(containers.map(({ name }) => name)).toEqual(expect.arrayContaining(['openclaw', 'ollama']));
    expect(initContainers!.map(({ name }) => name)).toEqual(expect.arrayContaining(['chromium', 'init-workspace']));
    expect(objectOf(chart, 'Service', 'alice-cdp')).toBeDefined();
    expect(objectOf(chart, 'ConfigMap', 'alice-workspace')).toBeDefined();
    expect(specOf(chart, 'Ingress', 'alice')).toMatchObject({ rules: [{ host: 'a.example.com' }] });
  });

  test('features are constructs of their own, with the hosts of an OpenClawChart', () => {
    const resolution = resolve({ apiVersion: 'openclaw.rocks/v1alpha1', kind: 'OpenClawInstance', metadata: { name: 'alice' } });
    if (!resolution.ok) throw new Error('the least instance resolves');
    const { instance } = resolution;
    const chart = new OpenClawChart(newChart(), 'alice', { instance });

    new Chromium(chart, 'Browser', { hosts: chart.hosts, instance });

    expect(podOf(chart, 'alice').initContainers!.map(({ name }) => name)).toContain('chromium');
  });
});
