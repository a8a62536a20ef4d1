import { App } from 'cdk8s';
import { OpenClawChart, type Part, parts } from '../../../constructs';
import {
  type Modifier,
  anInstance,
  ofOldRelease,
  rendered,
  withAnnotations,
  withChromium,
  withEnv,
  withOllama,
  withSpec,
} from '../../builders';

describe('the StatefulSet', () => {
  const spec = rendered(anInstance()).spec('StatefulSet');

  it('runs one pod, keeps ten revisions and all claims, and replaces a broken pod', () => {
    expect(spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      serviceName: 'alice',
      podManagementPolicy: 'Parallel',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(spec).not.toHaveProperty('volumeClaimTemplates');
  });

  it('T33 T-A3 names the partition of the update strategy, which the API server would fill in', () => {
    expect(spec['updateStrategy']).toEqual({ type: 'RollingUpdate', rollingUpdate: { partition: 0 } });
  });

  it('T-A2 renders what the API server would fill in where the reference forgot it: retention policy and seccomp of init containers', () => {
    expect(spec).toHaveProperty('persistentVolumeClaimRetentionPolicy');
    for (const { securityContext } of rendered(anInstance()).pod.initContainers) {
      expect(securityContext).toHaveProperty('seccompProfile', { type: 'RuntimeDefault' });
    }
  });

  it('runs no pod while the instance is suspended', () => {
    expect(rendered(anInstance(withSpec({ suspended: true }))).spec('StatefulSet')['replicas']).toBe(0);
  });

  it('T-A4 says protocols and pull policies itself, so that nothing of ours is filled in differently later', () => {
    const { containers } = rendered(anInstance());
    for (const { imagePullPolicy, ports = [] } of containers) {
      expect(imagePullPolicy).toBe('IfNotPresent');
      for (const { protocol } of ports) expect(protocol).toBe('TCP');
    }
  });
});

/** Seconds that the pod of an instance has to end. */
const seconds = (...modifiers: readonly Modifier[]): unknown => rendered(anInstance(...modifiers)).pod['terminationGracePeriodSeconds'];

describe('the pod', () => {
  it('T-Q12 is restricted by default: unprivileged user, default seccomp profile', () => {
    expect(rendered(anInstance()).pod['securityContext']).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('takes user, groups and the change policy from the spec, each alone', () => {
    const podSecurityContext = { runAsUser: 2000, fsGroup: 3000, fsGroupChangePolicy: 'OnRootMismatch' as const };
    expect(rendered(anInstance(withSpec({ security: { podSecurityContext } }))).pod['securityContext']).toMatchObject({
      runAsUser: 2000,
      runAsGroup: 1000,
      fsGroup: 3000,
      fsGroupChangePolicy: 'OnRootMismatch',
    });
  });

  it('T-R10 has as long to end as its release needs to finish running work, or as the user says', () => {
    expect(seconds()).toBe(330);
    expect(seconds(ofOldRelease)).toBe(30);
    expect(seconds(withAnnotations({ 'openclaw.rocks/app-version': '2026.6.11' }))).toBe(30);
    expect(seconds(withSpec({ image: { tag: 'latest' } }))).toBe(330);
    expect(seconds(withSpec({ availability: { terminationGracePeriodSeconds: 45 } }))).toBe(45);
  });

  it('gets its own account and no token', () => {
    expect(rendered(anInstance()).pod).toMatchObject({
      serviceAccountName: 'alice',
      automountServiceAccountToken: false,
    });
  });

  it('takes no variables from Services: one named openclaw-gateway would set a variable that the application reads', () => {
    expect(rendered(anInstance()).pod['enableServiceLinks']).toBe(false);
  });

  it('T-G5 shares its process namespace, so that ended processes are reaped, unless told otherwise', () => {
    expect(rendered(anInstance()).pod['shareProcessNamespace']).toBe(true);
    expect(rendered(anInstance(withSpec({ shareProcessNamespace: false }))).pod['shareProcessNamespace']).toBe(false);
  });

  it('passes scheduling on as it was written', () => {
    const availability = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'gpu', operator: 'Exists' as const, newField: 1 }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' as const }],
      runtimeClassName: 'gvisor',
    };
    expect(rendered(anInstance(withSpec({ availability }))).pod).toMatchObject(availability);
  });

  it('pulls with the secrets of the spec, in order', () => {
    const pullSecrets = [{ name: 'first' }, { name: 'second' }];
    expect(rendered(anInstance(withSpec({ image: { pullSecrets } }))).pod['imagePullSecrets']).toEqual(pullSecrets);
  });

  it('carries the annotations of the spec; ours win', () => {
    const mine = { 'example.com/team': 'blue', 'openclaw.rocks/config-hash': 'mine' };
    const { annotations } = rendered(anInstance(withSpec({ podAnnotations: mine }))).template.metadata;
    expect(annotations).toEqual({ 'example.com/team': 'blue', 'openclaw.rocks/config-hash': expect.stringMatching(/^[0-9a-f]{16}$/) });
  });
});

it('carries what a part puts onto the pod, over what the user wrote', () => {
  const mark: Part = { name: 'mark', claims: [], create: (_scope, { pod }) => pod.addAnnotation('mark', 'example.com/mark', 'ours') };
  const { instance } = rendered(anInstance(withSpec({ podAnnotations: { 'example.com/mark': 'theirs' } })));
  const chart = new OpenClawChart(new App(), 'alice', { instance, parts: [...parts, mark] });
  const workload = chart.toJson().find(({ kind }) => kind === 'StatefulSet');
  expect(workload).toHaveProperty(['spec', 'template', 'metadata', 'annotations', 'example.com/mark'], 'ours');
});

describe('the agent', () => {
  it('runs on the released image with its own command and the documented resources', () => {
    const { agent } = rendered(anInstance());
    expect(agent).toMatchObject({
      image: 'ghcr.io/openclaw/openclaw:2026.9.6',
      imagePullPolicy: 'IfNotPresent',
      resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      ports: [{ name: 'gateway', containerPort: 18789, protocol: 'TCP' }],
    });
    for (const field of ['command', 'args', 'workingDir']) expect(agent).not.toHaveProperty(field);
  });

  it('takes each resource alone and as it was written', () => {
    const { resources } = rendered(anInstance(withSpec({ resources: { requests: { cpu: 1 }, limits: { memory: '8Gi' } } }))).agent;
    expect(resources).toEqual({ requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: '2', memory: '8Gi' } });
  });

  it('T-K8 has the default limits where an instance of an older version has none', () => {
    for (const resources of [{}, { limits: {} }, { requests: { memory: '2Gi' } }]) {
      expect(rendered(anInstance(withSpec({ resources }))).agent.resources.limits).toEqual({ cpu: '2', memory: '4Gi' });
    }
  });

  it('may do nothing that it need not', () => {
    expect(rendered(anInstance()).agent.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  it('takes the rights that the user gives it, capabilities as a whole', () => {
    const containerSecurityContext = {
      allowPrivilegeEscalation: true,
      readOnlyRootFilesystem: false,
      capabilities: { add: ['NET_ADMIN'] },
      runAsUser: 4000,
    };
    const { agent, warned } = ((view) => ({ agent: view.agent, warned: view.warnings.map(({ path }) => path) }))(
      rendered(anInstance(withSpec({ security: { containerSecurityContext } }))),
    );
    expect(agent.securityContext).toMatchObject(containerSecurityContext);
    expect(warned).toEqual([
      'spec.security.containerSecurityContext.allowPrivilegeEscalation',
      'spec.security.containerSecurityContext.capabilities.add',
      'spec.security.containerSecurityContext.capabilities.drop',
      'spec.security.containerSecurityContext.readOnlyRootFilesystem',
    ]);
  });

  it("T-J1 has one effective runAsNonRoot: the pod's reaches the agent and our init programs, the agent's own wins for both", () => {
    const asRoot = rendered(anInstance(withSpec({ security: { podSecurityContext: { runAsNonRoot: false } } })));
    for (const name of ['openclaw', 'init-config', 'init-workspace']) {
      expect(asRoot.container(name).securityContext).toHaveProperty('runAsNonRoot', false);
    }
    const both = { podSecurityContext: { runAsNonRoot: false }, containerSecurityContext: { runAsNonRoot: true } };
    const mixed = rendered(anInstance(withSpec({ security: both })));
    expect(mixed.agent.securityContext).toHaveProperty('runAsNonRoot', true);
    expect(mixed.container('init-config').securityContext).toHaveProperty('runAsNonRoot', true);
  });

  it('T-R5 has one user with the init programs: what they make on the volume belongs to the agent', () => {
    const view = rendered(anInstance(withSpec({ security: { containerSecurityContext: { runAsUser: 2000 } } })));
    for (const name of ['openclaw', 'init-config', 'init-workspace']) {
      expect(view.container(name).securityContext).toHaveProperty('runAsUser', 2000);
    }
  });

  it('T-R9 is started, watched and prepared by programs that are named by their path', () => {
    const view = rendered(
      anInstance(withOllama({ models: ['a'] }), withChromium(), withSpec({ probes: { diskReadiness: { enabled: true } } })),
    );
    const commands = view.containers.flatMap(({ name, command, ...container }) => [
      [name, command],
      [
        `${name}: hooks and probes`,
        ...[...JSON.stringify(container).matchAll(/"command":(\[.*?\])/g)].map(([, text = '']) => JSON.parse(text) as string[]),
      ],
    ]);
    const given = commands.flatMap(([, ...lists]) => lists).filter((list) => list !== undefined);
    expect(given.length).toBeGreaterThan(5);
    expect(given.map(([program]) => program).filter((program) => !program?.startsWith('/'))).toEqual([]);
  });

  it('T-J2 and every other container of ours meets the restricted level', () => {
    for (const { name, securityContext } of rendered(anInstance()).containers) {
      expect([name, securityContext]).toEqual([
        name,
        expect.objectContaining({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        }),
      ]);
    }
  });

  it('warns of a tag that moves, and of nothing in an instance with a pinned release', () => {
    expect(rendered(anInstance(withSpec({ image: { tag: 'latest' } }))).warned('image/latest')).toHaveLength(1);
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(rendered(anInstance(withSpec({ image: { tag: 'latest', digest } }))).warnings).toEqual([]);
    expect(rendered(anInstance()).warnings).toEqual([]);
  });
});

describe('the environment of the agent', () => {
  it('T-B23 puts HOME onto the data volume, and the caches where they can be written', () => {
    expect(rendered(anInstance()).env()).toEqual({
      HOME: '/home/openclaw',
      XDG_CACHE_HOME: '/home/openclaw/.cache',
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_NO_RESPAWN: '1',
      OPENCLAW_GATEWAY_HANDSHAKE_TIMEOUT_MS: '10000',
      NPM_CONFIG_PREFIX: '/home/openclaw/.local',
      NPM_CONFIG_CACHE: '/home/openclaw/.cache/npm',
      PIP_USER: '1',
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/home/openclaw/.local/bin',
      OPENCLAW_GATEWAY_TOKEN: undefined,
    });
  });

  it('T-B16 switches Bonjour off, since a cluster has no multicast', () => {
    expect(rendered(anInstance()).env()).toHaveProperty('OPENCLAW_DISABLE_BONJOUR', '1');
  });

  it('T-B19 gives the handshake ten seconds on slow nodes', () => {
    expect(rendered(anInstance()).env()).toHaveProperty('OPENCLAW_GATEWAY_HANDSHAKE_TIMEOUT_MS', '10000');
  });

  it('T-G6 T-R9 always has a PATH: folders of parts, those of the image, and last the one that programs are installed into', () => {
    const tool: Part = { name: 'tool', claims: [], bind: ({ pod }) => pod.addPath('/tool-bin') };
    const { instance } = rendered(anInstance());
    const chart = new OpenClawChart(new App(), 'alice', { instance, parts: [...parts, tool] });
    const workload = JSON.stringify(chart.toJson().find(({ kind }) => kind === 'StatefulSet'));
    expect(workload).toContain('"/tool-bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/home/openclaw/.local/bin"');
  });

  it('T-A11 holds no name twice: a user wins over ours, and stands where the user put it', () => {
    const view = rendered(
      anInstance(withEnv({ name: 'PIP_USER', value: '0' }, { name: 'MODEL', value: 'x' }, { name: 'PATH', value: '/bin' })),
    );
    const names = (view.agent.env ?? []).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(view.env()).toMatchObject({ PIP_USER: '0', PATH: '/bin' });
    expect(names.slice(-3)).toEqual(['PIP_USER', 'MODEL', 'PATH']);
  });

  it('T-A11 does the same with the CA variable and the token, which the reference appended after all others', () => {
    const own = [
      { name: 'NODE_EXTRA_CA_CERTS', value: '/mine.pem' },
      { name: 'OPENCLAW_GATEWAY_TOKEN', valueFrom: { secretKeyRef: { name: 'mine', key: 'token' } } },
    ];
    const view = rendered(anInstance(withEnv(...own), withSpec({ security: { caBundle: { configMapName: 'ca' } } })));
    expect((view.agent.env ?? []).filter(({ name }) => own.some((variable) => variable.name === name))).toEqual(own);
  });

  it.each(['HOME', 'XDG_CACHE_HOME', 'OPENCLAW_STATE_DIR', 'OPENCLAW_CONFIG_PATH', 'OPENCLAW_HOME'])(
    'T-A11 leaves a %s of the user out, with a warning',
    (name) => {
      const view = rendered(anInstance(withEnv({ name: 'A', value: '1' }, { name, value: '/elsewhere' })));
      expect(Object.values(view.env())).not.toContain('/elsewhere');
      expect(view.warned('env/protected')).toEqual([expect.objectContaining({ path: 'spec.env[1].name', severity: 'warning' })]);
    },
  );

  it('passes references and envFrom on as they were written, and lists what has to exist', () => {
    const env = [
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'anthropic' } } },
      { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'modes', key: 'mode' } } },
      { name: 'MAYBE', valueFrom: { secretKeyRef: { name: 'maybe', key: 'x', optional: true } } },
    ];
    const envFrom = [
      { secretRef: { name: 'all' } },
      { configMapRef: { name: 'settings', optional: true } },
      { prefix: 'X_', configMapRef: { name: 'more' } },
    ];
    const view = rendered(anInstance(withEnv(...env), withSpec({ envFrom, image: { pullSecrets: [{ name: 'pull' }] } })));
    expect((view.agent.env ?? []).slice(-3)).toEqual(env);
    expect(view.agent['envFrom']).toEqual(envFrom);
    expect(view.references.map(({ kind, name, path, keys }) => [kind, name, path, ...keys])).toEqual([
      ['Secret', 'alice-gateway-token', 'spec.gateway.existingSecret', 'token'],
      ['Secret', 'all', 'spec.envFrom[0]'],
      ['ConfigMap', 'more', 'spec.envFrom[2]'],
      ['Secret', 'keys', 'spec.env[0]', 'anthropic'],
      ['ConfigMap', 'modes', 'spec.env[1]', 'mode'],
      ['Secret', 'pull', 'spec.image.pullSecrets[0]', '.dockerconfigjson'],
    ]);
  });

  it('moves no value into a ConfigMap', () => {
    const view = rendered(
      anInstance(withEnv({ name: 'NOTE', value: 'only-here-4711' }), withAnnotations({ 'example.com/x': 'nor-this-4711' })),
    );
    for (const { kind, ...manifest } of view.manifests) {
      const text = JSON.stringify(manifest);
      expect([kind, text.includes('only-here-4711')]).toEqual([kind, kind === 'StatefulSet']);
      expect(text).not.toContain('nor-this-4711');
    }
  });
});

describe('a limit of CPU', () => {
  it.each(['0', '0m', '0.0', 0])('E39 of %j is none, in each container of ours', (cpu) => {
    const limits = { limits: { cpu } };
    const view = rendered(anInstance(withSpec({ resources: limits, ollama: { enabled: true, resources: limits } })));
    expect(view.agent.resources).toEqual({ requests: { cpu: '500m', memory: '1Gi' }, limits: { memory: '4Gi' } });
    expect(view.container('ollama').resources.limits).toEqual({ memory: '4Gi' });
  });

  it('stays where it is small', () => {
    const small = withSpec({ resources: { requests: { cpu: '1m' }, limits: { cpu: '0.001' } } });
    expect(rendered(anInstance(small)).agent.resources.limits).toEqual({ cpu: '0.001', memory: '4Gi' });
  });
});
