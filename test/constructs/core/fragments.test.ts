import { anInstance, refused, rendered, withCaBundle, withChromium, withMistake, withOllama, withSpec } from '../../builders';

/** Passes the restricted level. */
const securityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' as const },
};

describe('containers and volumes of the user', () => {
  const sidecar = {
    name: 'side',
    image: 'a/b:1',
    securityContext,
    ports: [{ containerPort: 1 }],
    resources: { limits: { cpu: 1 } },
    futureField: { a: [null, 1] },
  };
  const init = { name: 'first', image: 'a/b:1', securityContext, command: ['sh', '-c', 'echo "$HOME"'], restartPolicy: 'Always' };
  const volume = { name: 'extra', hostPathLike: { path: '/x' }, emptyDir: { sizeLimit: '1Gi', futureField: true } };
  const view = rendered(
    anInstance(
      withCaBundle,
      withMistake({
        sidecars: [sidecar],
        initContainers: [init],
        extraVolumes: [volume],
        extraVolumeMounts: [{ name: 'extra', mountPath: '/extra', futureField: 'x' }],
      }),
    ),
  );

  it('reach the pod byte for byte, after ours', () => {
    // A null in a list stays, and nothing is added: no CA bundle, no hardening, no default.
    expect(view.pod.containers.at(-1)).toEqual(sidecar);
    expect(view.pod.initContainers.at(-1)).toEqual(init);
    expect(view.pod.volumes.at(-1)).toEqual(volume);
    expect(view.agent.volumeMounts).toContainEqual({ name: 'extra', mountPath: '/extra', futureField: 'x' });
  });

  it('that break the restricted level are named, each field by its path', () => {
    const bad = {
      name: 'bad',
      image: 'a/b:1',
      ports: [{ containerPort: 80, hostPort: 80 }],
      securityContext: {
        privileged: true,
        runAsNonRoot: false,
        runAsUser: 0,
        capabilities: { add: ['SYS_ADMIN'] },
        seccompProfile: { type: 'Unconfined' as const },
      },
    };
    const volumes = [
      { name: 'node', hostPath: { path: '/' } },
      { name: 'fine', emptyDir: {} },
    ];
    const warned = rendered(
      anInstance(withSpec({ sidecars: [bad], initContainers: [{ name: 'plain', image: 'a/b:1' }], extraVolumes: volumes })),
    );
    expect(warned.warned('pod-security/restricted').map(({ path }) => path)).toEqual([
      'spec.extraVolumes[0].hostPath',
      'spec.initContainers[0].securityContext.allowPrivilegeEscalation',
      'spec.initContainers[0].securityContext.capabilities.drop',
      'spec.sidecars[0].ports[0].hostPort',
      'spec.sidecars[0].securityContext.allowPrivilegeEscalation',
      'spec.sidecars[0].securityContext.capabilities.add',
      'spec.sidecars[0].securityContext.capabilities.drop',
      'spec.sidecars[0].securityContext.privileged',
      'spec.sidecars[0].securityContext.runAsNonRoot',
      'spec.sidecars[0].securityContext.runAsUser',
      'spec.sidecars[0].securityContext.seccompProfile.type',
    ]);
  });

  it('that meet the restricted level are not', () => {
    expect(rendered(anInstance(withSpec({ sidecars: [{ name: 'side', image: 'a/b:1', securityContext }] }))).warnings).toEqual([]);
  });

  const container = (name: string) => ({ name, image: 'a/b:1', securityContext });

  it.each([
    ['openclaw', []],
    ['gateway-proxy', []],
    ['init-config', []],
    ['init-workspace', []],
    ['chromium', [withChromium()]],
    ['ollama', [withOllama()]],
    ['init-ollama', [withOllama({ models: ['a'] })]],
  ])('T-R16 may not be named %s where the instance has such a container', (name, modifiers) => {
    for (const list of ['sidecars', 'initContainers']) {
      expect(refused(anInstance(...modifiers, withMistake({ [list]: [container(name)] })))).toContainEqual(
        expect.objectContaining({ path: `spec.${list}[0].name`, severity: 'error' }),
      );
    }
  });

  it.each(['chromium', 'ollama', 'tailscale', 'web-terminal', 'init-uv', 'init-tailscale-bin'])(
    'T-R16 may be named %s while nothing else bears that name',
    (name) => {
      for (const list of ['sidecars', 'initContainers']) {
        expect(rendered(anInstance(withSpec({ [list]: [container(name)] }))).containers.map((one) => one.name)).toContain(name);
      }
    },
  );

  it('T-R16 may have volumes of any name that the instance does not use', () => {
    const names = ['ollama-models', 'chromium-data', 'ca-bundle', 'workspace-source', 'tailscale-tmp', 'api-token'];
    const extraVolumes = names.map((name) => ({ name, emptyDir: {} }));
    expect(rendered(anInstance(withSpec({ extraVolumes }))).pod.volumes.slice(-6)).toEqual(extraVolumes);
    const taken = refused(anInstance(withSpec({ extraVolumes }), withOllama(), withChromium()));
    expect(taken.filter(({ rule }) => rule === 'fragments/taken').map(({ path }) => path)).toEqual([
      'spec.extraVolumes[0].name',
      'spec.extraVolumes[1].name',
    ]);
  });

  it('T-R16 may not have the volume of a ConfigMap of the workspace', () => {
    const facts = { extraVolumes: [{ name: 'workspace-source', emptyDir: {} }], workspace: { configMapRef: { name: 'files' } } };
    expect(refused(anInstance(withSpec(facts)))).toEqual([
      expect.objectContaining({ path: 'spec.extraVolumes[0].name', rule: 'fragments/taken' }),
    ]);
  });

  it.each(['ca-bundle', 'ollama-models', 'chromium-data'])('T-R17 may not mount %s while the feature that has it is off', (name) => {
    const sidecars = [{ ...container('s'), volumeMounts: [{ name, mountPath: '/m' }] }];
    expect(refused(anInstance(withSpec({ sidecars })))).toEqual([
      expect.objectContaining({ path: 'spec.sidecars[0].volumeMounts[0].name', rule: 'mounts/no-volume' }),
    ]);
    const on = [withCaBundle, withOllama(), withChromium()];
    expect(() => rendered(anInstance(...on, withSpec({ sidecars })))).not.toThrow();
  });

  it.each(['data', 'config', 'tmp', 'workspace-init', 'gateway-proxy-config'])('may not have a volume named %s', (name) => {
    expect(refused(anInstance(withMistake({ extraVolumes: [{ name, emptyDir: {} }] })))).toContainEqual(
      expect.objectContaining({ path: 'spec.extraVolumes[0].name', severity: 'error' }),
    );
  });

  it.each([
    '/tmp',
    '/tmp/',
    '/home/openclaw/.openclaw',
    '/home/openclaw/.cache',
    '/operator-config',
    '/etc/ssl/certs/custom-ca-bundle.crt',
  ])('may not be mounted at %s, which is taken', (mountPath) => {
    const spec = { extraVolumes: [{ name: 'extra', emptyDir: {} }], extraVolumeMounts: [{ name: 'extra', mountPath }] };
    expect(refused(anInstance(withCaBundle, withSpec(spec)))).toEqual([
      expect.objectContaining({ path: 'spec.extraVolumeMounts[0].mountPath', rule: 'mounts/taken' }),
    ]);
  });

  it.each([
    ['/home/openclaw//.openclaw', 'is taken'],
    ['/home/openclaw/./.openclaw', 'is taken'],
    ['/home/openclaw/x/../.openclaw/', 'is taken'],
    ['/home/openclaw', 'would hide /home/openclaw/.openclaw'],
    ['/home', 'would hide'],
    ['/', 'would hide'],
  ])('T-R6 may not be mounted at %s, however it is written', (mountPath, text) => {
    const spec = { extraVolumes: [{ name: 'extra', emptyDir: {} }], extraVolumeMounts: [{ name: 'extra', mountPath }] };
    expect(refused(anInstance(withSpec(spec)))).toEqual([
      expect.objectContaining({ path: 'spec.extraVolumeMounts[0].mountPath', message: expect.stringContaining(text) as string }),
    ]);
  });

  it('T-R6 may not be mounted twice at one path', () => {
    const extraVolumeMounts = ['/data', '/data/'].map((mountPath) => ({ name: 'extra', mountPath }));
    expect(refused(anInstance(withSpec({ extraVolumes: [{ name: 'extra', emptyDir: {} }], extraVolumeMounts })))).toEqual([
      expect.objectContaining({
        path: 'spec.extraVolumeMounts[1].mountPath',
        message: expect.stringContaining('a second mount at /data') as string,
      }),
    ]);
  });

  it('T-R6 may be mounted inside the folders of the agent', () => {
    const extraVolumeMounts = [{ name: 'extra', mountPath: '/home/openclaw/.openclaw/skills/mine' }];
    expect(() => rendered(anInstance(withSpec({ extraVolumes: [{ name: 'extra', emptyDir: {} }], extraVolumeMounts })))).not.toThrow();
  });

  it('may not mount a volume that is not there', () => {
    const volumeMounts = [
      { name: 'nowhere', mountPath: '/x' },
      { name: 'data', mountPath: '/data' },
    ];
    const spec = {
      extraVolumeMounts: volumeMounts.slice(0, 1),
      sidecars: [{ name: 'side', image: 'a/b:1', securityContext, volumeMounts }],
    };
    expect(refused(anInstance(withSpec(spec))).map(({ path }) => path)).toEqual([
      'spec.extraVolumeMounts[0].name',
      'spec.sidecars[0].volumeMounts[0].name',
    ]);
  });

  it('are asked for what must exist before the pod can start', () => {
    const spec = {
      sidecars: [
        {
          name: 'side',
          image: 'a/b:1',
          securityContext,
          env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'one', key: 'k' } } }],
          envFrom: [{ configMapRef: { name: 'two' } }],
        },
      ],
      extraVolumes: [
        { name: 'a', secret: { secretName: 'three' } },
        { name: 'b', configMap: { name: 'four', optional: true } },
        { name: 'c', persistentVolumeClaim: { claimName: 'five' } },
      ],
    };
    expect(rendered(anInstance(withSpec(spec))).references.slice(1)).toMatchObject([
      { kind: 'ConfigMap', name: 'two', path: 'spec.sidecars[0].envFrom[0]' },
      { kind: 'Secret', name: 'one', path: 'spec.sidecars[0].env[0]', keys: ['k'] },
      { kind: 'Secret', name: 'three', path: 'spec.extraVolumes[0]' },
      { kind: 'PersistentVolumeClaim', name: 'five', path: 'spec.extraVolumes[2]' },
    ]);
  });
});

describe('the CA bundle', () => {
  const view = rendered(anInstance(withCaBundle, withChromium(), withOllama({ models: ['a'] })));

  it('T-I5 is mounted into every container of ours, with the variable that adds it to the roots of Node', () => {
    expect(view.containers).toHaveLength(8);
    for (const { name, volumeMounts, env = [] } of view.containers) {
      expect([name, ...volumeMounts]).toContainEqual({
        name: 'ca-bundle',
        mountPath: '/etc/ssl/certs/custom-ca-bundle.crt',
        subPath: 'ca-bundle.crt',
        readOnly: true,
      });
      expect([name, ...env]).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ssl/certs/custom-ca-bundle.crt' });
    }
  });

  it("T-I5 replaces nobody's roots", () => {
    expect(JSON.stringify(view.pod)).not.toContain('SSL_CERT_FILE');
  });

  it('comes from a ConfigMap or a Secret, by its key', () => {
    expect(view.volume('ca-bundle')).toEqual({ name: 'ca-bundle', configMap: { name: 'company-ca' } });
    const ofSecret = rendered(anInstance(withSpec({ security: { caBundle: { secretName: 'ca', key: 'root.pem' } } })));
    expect(ofSecret.volume('ca-bundle')).toEqual({ name: 'ca-bundle', secret: { secretName: 'ca' } });
    expect(ofSecret.mount('openclaw', 'ca-bundle')).toMatchObject({ subPath: 'root.pem' });
    expect(ofSecret.references).toContainEqual(expect.objectContaining({ kind: 'Secret', name: 'ca', keys: ['root.pem'] }));
  });

  it('is refused with two sources, and with none', () => {
    for (const caBundle of [{}, { configMapName: 'a', secretName: 'b' }]) {
      expect(refused(anInstance(withSpec({ security: { caBundle } })))).toEqual([
        expect.objectContaining({ path: 'spec.security.caBundle' }),
      ]);
    }
  });

  it('is absent by default', () => {
    expect(JSON.stringify(rendered(anInstance()).pod)).not.toContain('ca-bundle');
  });
});
