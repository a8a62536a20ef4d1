import { ApiObject, type Chart, Duration, Lazy, Size, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { InvalidInstanceError, OpenClaw, type OpenClawProps, WireObject } from '../../../constructs';
import { newChart, objectOf, podOf } from './synthesized';

function envOf(chart: Chart): Record<string, unknown> {
  const [agent] = podOf(chart, 'alice').containers;
  return Object.fromEntries(agent!.env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
}

function issuesOf(props: OpenClawProps, id = 'alice', chart = newChart()): string[] {
  try {
    new OpenClaw(chart, id, props);
  } catch (thrown) {
    if (thrown instanceof InvalidInstanceError) return thrown.issues.map(({ path, message }) => `${path}: ${message}`);
    throw thrown;
  }
  return [];
}

describe('the props of an OpenClaw', () => {
  test('a construct without props renders the stack of an instance named after its id', () => {
    const chart = newChart();

    new OpenClaw(chart, 'alice');

    const manifests = Testing.synth(chart) as { kind: string; metadata: { name: string; namespace: string } }[];
    expect(manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(
      expect.arrayContaining(['StatefulSet/alice', 'Service/alice', 'ConfigMap/alice-config', 'PersistentVolumeClaim/alice-data']),
    );
    expect(new Set(manifests.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['team-a']));
  });

  test.each([
    ['none', []],
    ['only one of the author', [{ name: 'mine', claims: [] }]],
  ])('parts without an assistant are an error that says what to write: %s', (_what, own) => {
    expect(issuesOf({ image: { tag: '2026.9.6' }, parts: own })).toEqual([
      'parts: none of these parts makes the StatefulSet: write [...parts, yours], with the exported parts',
    ]);
  });

  test('an issue of the whole document stands in the message without a path before it', () => {
    const chart = newChart();
    expect(() => new OpenClaw(chart, 'Alice')).toThrow(
      /^OpenClaw "[^"]+" cannot be rendered:\n {2}metadata\.name must begin with a letter/,
    );
  });

  test('name and namespace of the props win over id and chart', () => {
    const chart = newChart();

    const openclaw = new OpenClaw(chart, 'Assistant', { name: 'bob', namespace: 'team-b' });

    expect(openclaw.name).toBe('bob');
    expect(objectOf(chart, 'StatefulSet', 'bob').metadata.namespace).toBe('team-b');
  });

  test('an id that is no valid name is refused with what to do about it', () => {
    expect(issuesOf({}, 'Alice')).toContainEqual(expect.stringMatching(/^metadata\.name: the construct id "Alice" .* prop "name"/));
  });

  test('a spec in wire form renders what the same spec renders in YAML', () => {
    const spec = { image: { tag: '2026.9.6' }, resources: { requests: { cpu: '500m', memory: '1Gi' } }, env: [{ name: 'A', value: 'b' }] };
    const chart = newChart();

    new OpenClaw(chart, 'alice', { ...spec });

    const [agent] = podOf(chart, 'alice').containers;
    expect(agent).toMatchObject({ image: 'ghcr.io/openclaw/openclaw:2026.9.6', resources: spec.resources });
    expect(agent!.env).toContainEqual({ name: 'A', value: 'b' });
  });

  test('Size, Cpu and Duration become quantities and seconds', () => {
    const chart = newChart();

    new OpenClaw(chart, 'alice', {
      resources: { requests: { cpu: kplus.Cpu.millis(250), memory: Size.gibibytes(1) }, limits: { cpu: kplus.Cpu.units(2) } },
      storage: { persistence: { size: Size.gibibytes(20) } },
      probes: { liveness: { periodSeconds: Duration.minutes(1) }, diskReadiness: { enabled: true, minFree: Size.mebibytes(128) } },
    });

    const [agent] = podOf(chart, 'alice').containers;
    expect(agent!.resources).toMatchObject({ requests: { cpu: '250m', memory: '1Gi' }, limits: { cpu: '2' } });
    expect(agent!['livenessProbe']).toMatchObject({ periodSeconds: 60 });
    expect(JSON.stringify(agent!['readinessProbe'])).toContain(`"${128 * 1024}"`);
    expect(objectOf(chart, 'PersistentVolumeClaim', 'alice-data')).toMatchObject({
      spec: { resources: { requests: { storage: '20Gi' } } },
    });
  });

  test('a Duration of less than a second is refused where Kubernetes counts seconds', () => {
    expect(issuesOf({ probes: { startup: { periodSeconds: Duration.millis(1500) } } })).toContain(
      'spec.probes.startup.periodSeconds: is 1.5 seconds: Kubernetes counts whole ones',
    );
  });

  test.each([
    [Duration.minutes(45), '45m'],
    [Duration.hours(2), '2h'],
    [Duration.minutes(90), '90m'],
    [Duration.seconds(400), '400s'],
  ])('a Duration where the API wants text becomes the text of Go: %p', (duration, text) => {
    const openclaw = new OpenClaw(newChart(), 'alice', { backup: { timeout: duration } });

    expect(openclaw.instance.spec.backup.timeout).toBe(text);
  });

  test('Secrets stand for their names', () => {
    const chart = newChart();
    const secret = new kplus.Secret(chart, 'Secret', { metadata: { name: 'mine' }, stringData: { token: 'planted-value' } });

    const openclaw = new OpenClaw(chart, 'alice', {
      gateway: { existingSecret: secret },
      image: { pullSecrets: [secret, { name: 'registry' }] },
      envFrom: [
        secret,
        kplus.Env.fromSecret(kplus.Secret.fromSecretName(chart, 'Keys', 'keys')),
        { configMapRef: { name: 'plain' } },
        { secretRef: secret, prefix: 'P_' },
      ],
      security: { caBundle: secret },
      networking: {
        ingress: {
          enabled: true,
          className: 'nginx',
          hosts: [{ host: 'a.example.com' }],
          tls: [{ hosts: ['a.example.com'], secretName: secret }],
          security: { basicAuth: { enabled: true, existingSecret: secret } },
        },
      },
    });

    const { spec } = openclaw.instance;
    expect(spec.gateway.existingSecret).toBe('mine');
    expect(spec.image.pullSecrets).toEqual([{ name: 'mine' }, { name: 'registry' }]);
    expect(spec.envFrom).toEqual([
      { secretRef: { name: 'mine' } },
      { secretRef: { name: 'keys' } },
      { configMapRef: { name: 'plain' } },
      { secretRef: { name: 'mine' }, prefix: 'P_' },
    ]);
    expect(spec.security.caBundle).toMatchObject({ secretName: 'mine' });
    expect(spec.networking.ingress.tls).toEqual([{ hosts: ['a.example.com'], secretName: 'mine' }]);
    expect(spec.networking.ingress.security.basicAuth).toMatchObject({ existingSecret: 'mine' });
    expect(openclaw.node.findAll().map((child) => JSON.stringify((child as { toJson?(): unknown }).toJson?.() ?? ''))).not.toContainEqual(
      expect.stringContaining('planted-value'),
    );
  });

  test('any API object of the kind will do', () => {
    const chart = newChart();
    const apiObject = new ApiObject(chart, 'Api', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'api' } });
    const wireObject = new WireObject(chart, 'Wire', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'wire' }, produce: () => ({}) });

    const { instance } = new OpenClaw(chart, 'alice', { envFrom: [apiObject, wireObject] as unknown as kplus.ISecret[] });

    expect(instance.spec.envFrom).toEqual([{ secretRef: { name: 'api' } }, { secretRef: { name: 'wire' } }]);
  });

  test('variables come as a map of EnvValue, as an Env, or as the list of the API', () => {
    const chart = newChart();
    const keys = kplus.Secret.fromSecretName(chart, 'Keys', 'keys');

    new OpenClaw(chart, 'alice', {
      env: {
        PLAIN: 'text',
        KEY: keys.envValue('key'),
        VALUE: kplus.EnvValue.fromValue('value'),
        NODE: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_NAME),
      },
      chromium: { enabled: true, extraEnv: new kplus.Env([], { LANG: kplus.EnvValue.fromValue('C.UTF-8') }) },
    });

    expect(envOf(chart)).toMatchObject({
      PLAIN: 'text',
      KEY: { secretKeyRef: { name: 'keys', key: 'key' } },
      VALUE: 'value',
      NODE: { fieldRef: { fieldPath: 'spec.nodeName' } },
    });
    const browser = podOf(chart, 'alice').initContainers!.find(({ name }) => name === 'chromium');
    expect(browser!.env).toContainEqual({ name: 'LANG', value: 'C.UTF-8' });
  });

  test('a ConfigMap brings its data along', () => {
    const chart = newChart();
    const map = new kplus.ConfigMap(chart, 'Map', {
      metadata: { name: 'mine' },
      data: { 'openclaw.json': '{"logging":{"level":"debug"}}' },
    });

    new OpenClaw(chart, 'alice', { config: { configMapRef: map }, workspace: { configMapRef: map } });

    const { data } = objectOf(chart, 'ConfigMap', 'alice-config') as unknown as { data: Record<string, string> };
    expect(JSON.parse(data['openclaw.json']!)).toMatchObject({ logging: { level: 'debug' } });
    expect(podOf(chart, 'alice').volumes).toContainEqual({ name: 'workspace-source', configMap: { name: 'mine' } });
  });

  test('a ConfigMap of the cluster needs its data in the props', () => {
    const chart = newChart();
    const map = kplus.ConfigMap.fromConfigMapName(chart, 'Map', 'theirs');

    expect(issuesOf({ config: { configMapRef: map } })).toContainEqual(expect.stringContaining('"theirs" was not found'));
    expect(issuesOf({ config: { configMapRef: map }, configMaps: { theirs: { data: { 'openclaw.json': '{}' } } } })).toEqual([]);
  });

  test('a claim and an account of the author are used and not created', () => {
    const chart = newChart();
    const account = new kplus.ServiceAccount(chart, 'Account', { metadata: { name: 'runner' } });
    const claim = kplus.PersistentVolumeClaim.fromClaimName(chart, 'Claim', 'old-data');

    const openclaw = new OpenClaw(chart, 'alice', {
      security: { rbac: { serviceAccountName: account } },
      storage: { persistence: { existingClaim: claim } },
    });

    expect(podOf(chart, 'alice')).toMatchObject({ serviceAccountName: 'runner' });
    expect(podOf(chart, 'alice').volumes).toContainEqual({ name: 'data', persistentVolumeClaim: { claimName: 'old-data' } });
    expect(openclaw.node.children.map(({ node }) => node.id)).not.toEqual(expect.arrayContaining(['ServiceAccount']));
    expect(openclaw.node.tryFindChild('Data')).toBeUndefined();
  });

  test('the defaults of the cluster are filled in', () => {
    const chart = newChart();

    new OpenClaw(chart, 'alice', { clusterDefaults: { registry: 'registry.example.com/mirror' } });

    expect(podOf(chart, 'alice').containers[0]!.image).toBe('registry.example.com/mirror/openclaw/openclaw:latest');
  });

  test('Lazy values and tokens are resolved when the construct is made', () => {
    const chart = newChart();

    new OpenClaw(chart, 'alice', {
      image: { tag: Lazy.any({ produce: () => '2026.9.6' }) },
      env: { TOKEN: { resolve: () => 'resolved' } as unknown as string },
      sidecars: [{ name: 'side', image: Lazy.any({ produce: () => 'side:1' }) }],
    });

    const { containers } = podOf(chart, 'alice');
    expect(containers[0]!.image).toBe('ghcr.io/openclaw/openclaw:2026.9.6');
    expect(containers.find(({ name }) => name === 'side')!.image).toBe('side:1');
    expect(envOf(chart)).toMatchObject({ TOKEN: 'resolved' });
  });

  test('fragments reach the pod as they were written', () => {
    const chart = newChart();
    const sidecar = {
      name: 'side',
      image: 'side:1',
      resources: { requests: { cpu: '1', memory: 1073741824 } },
      livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 },
      newerThanAnyClass: { size: { deep: [1, 'two'] } },
    };

    new OpenClaw(chart, 'alice', { sidecars: [sidecar] });

    expect(podOf(chart, 'alice').containers.at(-1)).toEqual(sidecar);
  });
});

describe('props that cannot be rendered', () => {
  test('one error lists every issue with its path', () => {
    const chart = newChart();
    const elsewhere = new kplus.Secret(chart, 'Secret', { metadata: { name: 'mine', namespace: 'team-b' } });

    const issues = issuesOf({
      gateway: { existingSecret: elsewhere },
      image: { pullPolicy: 'Sometimes' as 'Always' },
      networking: { service: { ports: [{ name: 'web', port: 0 }] } },
    });

    expect(issues).toEqual([
      expect.stringMatching(/^spec\.gateway\.existingSecret: "mine" is in namespace "team-b" and the pod in "team-a"/),
      expect.stringMatching(/^spec\.image\.pullPolicy: /),
      expect.stringMatching(/^spec\.networking\.service\.ports\[0\]\.port: /),
    ]);
  });

  test('the message names the construct and each finding', () => {
    expect(() => new OpenClaw(newChart(), 'alice', { image: { tag: 5 as unknown as string } })).toThrow(
      /^OpenClaw "chart\/alice" cannot be rendered:\n {2}spec\.image\.tag: /,
    );
  });

  test('a construct of another kind is refused', () => {
    const chart = newChart();
    const map = kplus.ConfigMap.fromConfigMapName(chart, 'Map', 'theirs');

    expect(issuesOf({ gateway: { existingSecret: map as unknown as kplus.ISecret } })).toContain(
      'spec.gateway.existingSecret: expected a Secret, got ConfigMap "theirs"',
    );
  });

  test('an instance of a class that nobody knows is refused by name', () => {
    expect(issuesOf({ image: { tag: new Date(0) as unknown as string } })).toContainEqual(
      expect.stringMatching(/^spec\.image\.tag: is a Date, which does not belong here/),
    );
  });

  test('sources of an Env belong to envFrom', () => {
    const env = new kplus.Env([kplus.Env.fromSecret(kplus.Secret.fromSecretName(newChart(), 'Keys', 'keys'))], {});

    expect(issuesOf({ env })).toContain('spec.env: has sources beside variables: give those to envFrom');
  });

  test('a construct that failed leaves nothing in the chart', () => {
    const chart = newChart();

    issuesOf({ image: { tag: 5 as unknown as string } }, 'alice', chart);

    expect(chart.node.children).toEqual([]);
  });

  test('warnings are given back, and nothing is printed', () => {
    const print = jest.spyOn(console, 'warn');

    const { warnings } = new OpenClaw(newChart(), 'alice');

    expect(warnings).toContainEqual(expect.objectContaining({ path: 'spec.image.tag', severity: 'warning' }));
    expect(print).not.toHaveBeenCalled();
    print.mockRestore();
  });
});
