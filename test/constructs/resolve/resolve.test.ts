import { type Facts, type WrittenInstance, parts as allParts, resolve } from '../../../constructs';
import type { JsonObject } from '../../../constructs/spec/json';
import { dialectOf } from '../../../constructs/spec/dialect';
import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec } from '../../../imports/types';
import {
  anInstance,
  issueText,
  refused,
  rendered,
  withAnnotations,
  withChromium,
  withConfig,
  withEnv,
  withIngress,
  withMistake,
  withOllama,
  withSpec,
} from '../../builders';

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** An instance that writes a little of everything that is rendered. */
const rich = anInstance(
  withAnnotations({ 'example.com/x': 'y' }),
  withConfig({ agents: { defaults: { model: 'opus' } }, browser: { profiles: { mine: { cdpUrl: 'http://a:1' } } } }),
  withEnv({ name: 'A', value: '1' }, { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }),
  withChromium({ extraArgs: ['--lang=de'], persistence: { enabled: true } }),
  withOllama({ models: ['llama3.2'], gpu: 1 }),
  withIngress('traefik', { security: { basicAuth: { enabled: true } } }),
  withSpec({
    resources: { requests: { cpu: 1 } },
    workspace: { initialFiles: { 'a/b.md': 'x' }, additionalWorkspaces: [{ name: 'lab' }] },
    sidecars: [{ name: 'side', image: 'a/b:1', securityContext: { allowPrivilegeEscalation: false } }],
  }),
);

const defaults: OpenClawClusterDefaultsSpec = {
  registry: 'mirror.example.com',
  image: { repository: 'ghcr.io/fork/openclaw', tag: '2026.7.1', pullPolicy: 'Always' },
  env: [
    { name: 'SHARED', value: 'all' },
    { name: 'A', value: 'default' },
  ],
};

function bare(spec: OpenClawInstanceSpec = {}): WrittenInstance {
  return { ...anInstance(), spec };
}

const claim = (storageClass: string) => anInstance(withSpec({ storage: { persistence: { storageClass } } }));

describe('resolve', () => {
  it('never changes its input', () => {
    const facts: Facts = frozen({ clusterDefaults: defaults, configMaps: new Map([['m', { data: { 'openclaw.json': '{}' } }]]) });
    const written = frozen(JSON.parse(JSON.stringify(rich)) as WrittenInstance);
    expect(() => rendered(written, facts)).not.toThrow();
    expect(written).toEqual(rich);
  });

  it('gives the same for what it gave: the API server stores defaults, and the controller reads them back', () => {
    const once = rendered(rich, { clusterDefaults: defaults });
    const again = rendered({ ...rich, spec: once.instance.spec }, { clusterDefaults: defaults });
    expect(again.instance.spec).toEqual(once.instance.spec);
    expect(again.manifests).toEqual(once.manifests);
  });

  it('shares nothing between two instances: a change of one does not reach the other', () => {
    const [first, second] = [rendered(bare()), rendered(bare())];
    (first.instance.spec.security.podSecurityContext as { runAsUser: number }).runAsUser = 4711;
    // A list that is a default as a whole is shared, and therefore frozen.
    expect(() => (first.instance.spec.storage.persistence.accessModes as string[]).push('ReadWriteMany')).toThrow('not extensible');
    expect(second.instance.spec.security.podSecurityContext.runAsUser).toBe(1000);
    expect(second.instance.spec.storage.persistence.accessModes).toEqual(['ReadWriteOnce']);
  });

  it('tells every issue at once, sorted by path: shape by the schema, CEL rules and ours together', () => {
    const written = anInstance(
      withMistake({
        suspended: true,
        availability: { autoScaling: { enabled: true } },
        config: { configMapRef: { name: 'missing' } },
        workspace: { initialFiles: { a: '', 'a/b': '' } },
        resorces: {},
        chromium: { extraEnv: [{ name: 'API_KEY', value: 'planted-4711' }] },
      }),
    );
    const issues = refused(written);
    expect(issues.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      'warning spec.chromium',
      'warning spec.chromium.extraEnv[0].value',
      'error spec.config.configMapRef.name',
      'error spec.resorces',
      'error spec.suspended',
      'error spec.workspace.initialFiles[a]',
    ]);
  });

  it('tells every fault of the shape at once', () => {
    const issues = refused(
      anInstance(
        withMistake({ suspended: 'yes', env: 'A=1', image: { pullPolicy: 'Sometimes' }, probes: { liveness: { periodSeconds: 0 } } }),
      ),
    );
    expect(issues.filter(({ severity }) => severity === 'error').map(({ path }) => path)).toEqual([
      'spec.env',
      'spec.image.pullPolicy',
      'spec.probes.liveness.periodSeconds',
      'spec.suspended',
    ]);
  });

  it.each([null, 'text', [], 1])('never throws on a spec that is %j', (spec) => {
    const resolution = resolve({ ...anInstance(), spec } as unknown as WrittenInstance);
    expect(resolution.ok).toBe(spec === null);
  });

  it('tells a quantity that is none once, though rules about it stumble, and other rules beside it', () => {
    const resources = { requests: { cpu: '500 m', memory: '8Gi' }, limits: { memory: '1GB' } };
    const config = { forcePaths: ['gateway'] };
    expect(refused(anInstance(withSpec({ resources, config }))).map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'spec.config.forcePaths: forcePaths needs mergeMode merge; set it or remove forcePaths',
      'spec.resources.limits.memory: must be a quantity such as 500m, 10Gi or 1e3, not "1GB"',
      'spec.resources.requests.cpu: must be a quantity such as 500m, 10Gi or 1e3, not "500 m"',
    ]);
  });

  it('asks what was there before for rules that compare', () => {
    expect(resolve(claim('b'), {}, { previous: claim('a') })).toMatchObject({
      ok: false,
      issues: [{ path: 'spec.storage.persistence.storageClass' }],
    });
    expect(resolve(claim('a'), {}, { previous: claim('a') }).ok).toBe(true);
    expect(resolve(claim('b')).ok).toBe(true);
  });

  it.each([
    [{ resorces: {} }, 'spec.resorces', 'resources'],
    [{ chromium: { enable: true } }, 'spec.chromium.enable', 'enabled'],
    [{ networking: { ingress: { classname: 'nginx' } } }, 'spec.networking.ingress.classname', 'className'],
  ])('asks of a misspelt field of ours whether another was meant: %j', (spec, path, meant) => {
    expect(refused(anInstance(withMistake(spec)))).toEqual([
      expect.objectContaining({ path, severity: 'error', message: expect.stringContaining(`did you mean \`${meant}\``) }),
    ]);
  });

  it('only warns of a misspelt field inside a fragment', () => {
    const sidecar = {
      name: 'side',
      image: 'a/b:1',
      comand: ['x'],
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    };
    expect(rendered(anInstance(withMistake({ sidecars: [sidecar] }))).warnings).toEqual([
      expect.objectContaining({ path: 'spec.sidecars[0].comand', severity: 'warning', message: expect.stringContaining('command') }),
    ]);
  });
});

const notRendered = (spec: JsonObject) =>
  rendered(anInstance(withMistake(spec)))
    .warned('not-rendered')
    .map(({ path }) => path);

describe('fields that no part reads', () => {
  it.each([
    [{ autoUpdate: { enabled: true } }, []],
    [{ observability: { metrics: { enabled: true }, logging: { level: 'debug' } } }, []],
    [{ restoreFrom: 'backups/team-a/alice/2026-11-30T000000Z' }, []],
  ])('are warned of where they are written: %j', (spec, paths) => {
    expect(notRendered(spec)).toEqual(paths);
  });

  it.each([
    { tailscale: { enabled: false, hostname: 'x' } },
    { tailscale: {} },
    { skills: [] },
    { plugins: null },
    { selfConfigure: { enabled: false, allowedActions: ['skills'] } },
    { runtimeDeps: { pnpm: false, python: false } },
    { chromium: { enabled: true, image: { digest: `sha256:${'a'.repeat(64)}` } } },
  ])('are not where they ask for nothing, nor are fields that a part reads: %j', (spec) => {
    expect(notRendered(spec)).toEqual([]);
  });
});

/** Which groups are told to be written and not switched on. */
const leftOff = (spec: OpenClawInstanceSpec) =>
  rendered(bare({ image: { tag: '2026.9.6' }, ...spec }))
    .warned('not-enabled')
    .map(({ path }) => path);

describe('groups that are not switched on', () => {
  it('are warned of where something is written in them', () => {
    const auth = { hosts: [{ host: 'a.example.com' }], enabled: true, security: { basicAuth: { username: 'a' } } };
    expect(
      leftOff({ ollama: { models: ['llama3.2'] }, chromium: { persistence: { size: '2Gi' } }, networking: { ingress: auth } }),
    ).toEqual(['spec.chromium', 'spec.networking.ingress.security.basicAuth', 'spec.ollama']);
  });

  it('are left alone where the user decided, where they are on by default, and where there is nothing in them', () => {
    const persistence = { size: '2Gi' };
    expect(
      leftOff({ ollama: { enabled: false, models: ['a'] }, chromium: { enabled: false, persistence }, storage: { persistence } }),
    ).toEqual([]);
    expect(leftOff({ ollama: {}, networking: { ingress: {} }, gateway: { controlUiOrigins: ['https://a.example.com'] } })).toEqual([]);
  });

  it('are told once where they are not rendered either', () => {
    const parts = allParts.map((part) => ({ ...part, claims: part.claims.filter((field) => field !== 'autoUpdate') }));
    const resolution = resolve(bare({ image: { tag: '2026.9.6' }, autoUpdate: { checkInterval: '24h' } }), {}, { parts });
    const told = resolution.ok ? resolution.warnings.map(({ path, rule }) => `${rule} ${path}`) : [];
    expect(told).toEqual(['not-rendered spec.autoUpdate']);
  });
});

/** The runtime dependencies of an instance that says `own` in a cluster that says something else. */
const deps = (own: object, ofCluster: object) =>
  rendered(bare({ image: { tag: '2026.9.6' }, runtimeDeps: own }), { clusterDefaults: { runtimeDeps: ofCluster } }).instance.spec
    .runtimeDeps;

describe('cluster defaults', () => {
  it('T-Q11 fill what the instance does not name: registry, image field by field, variables by name', () => {
    const view = rendered(bare({ image: { tag: '2026.9.6' }, env: [{ name: 'A', value: 'mine' }] }), { clusterDefaults: defaults });
    expect(view.agent).toMatchObject({ image: 'mirror.example.com/fork/openclaw:2026.9.6', imagePullPolicy: 'Always' });
    expect(view.env()).toMatchObject({ SHARED: 'all', A: 'mine' });
    expect((view.agent.env ?? []).filter(({ name }) => name === 'A')).toHaveLength(1);
  });

  it('T-Q11 lose against everything that the instance names', () => {
    const image = { repository: 'example.com/mine', tag: '1', pullPolicy: 'Never' as const };
    expect(rendered(bare({ registry: 'r.example.com', image }), { clusterDefaults: defaults }).agent).toMatchObject({
      image: 'r.example.com/mine:1',
      imagePullPolicy: 'Never',
    });
  });

  it('T-Q5 a tag of the instance is not overruled by a digest of the cluster; without one it is', () => {
    const clusterDefaults = { image: { digest: `sha256:${'b'.repeat(64)}` } };
    expect(rendered(bare({ image: { tag: '2026.9.6' } }), { clusterDefaults }).agent.image).toBe('ghcr.io/openclaw/openclaw:2026.9.6');
    expect(rendered(bare(), { clusterDefaults }).agent.image).toBe(`ghcr.io/openclaw/openclaw@sha256:${'b'.repeat(64)}`);
  });

  it('T88 take tag and digest as one: a digest of the instance gets no tag that speaks of another release', () => {
    const digest = `sha256:${'c'.repeat(64)}`;
    const old = { clusterDefaults: { image: { tag: '2026.7.1', digest: `sha256:${'b'.repeat(64)}` } } };
    const pinned = rendered(bare({ image: { digest } }), old);
    expect(pinned.agent.image).toBe(`ghcr.io/openclaw/openclaw@${digest}`);
    // The tag would have made it an old release, with the configuration of one.
    expect([pinned.instance.spec.image.tag, pinned.instance.dialect]).toEqual([
      undefined,
      rendered(bare({ image: { digest } })).instance.dialect,
    ]);
    const both = rendered(bare(), old);
    expect([both.agent.image, both.instance.dialect]).toEqual([`ghcr.io/openclaw/openclaw@sha256:${'b'.repeat(64)}`, 'before-2026.8']);
  });

  it('T-Q11 are told from what is not written: a false of the instance wins over a true, and the other way round', () => {
    expect(deps({ pnpm: false }, { pnpm: true, python: true })).toMatchObject({ pnpm: false, python: true });
    expect(deps({ pnpm: true }, { pnpm: false })).toMatchObject({ pnpm: true });
  });

  it('T-Q4 T-E11 meet no image default of the schema, which would always win', () => {
    expect(rendered(bare(), { clusterDefaults: defaults }).agent.image).toBe('mirror.example.com/fork/openclaw:2026.7.1');
    expect(rendered(bare()).agent.image).toBe('ghcr.io/openclaw/openclaw:latest');
  });

  it('fill programs that are installed, each alone; a false of the instance wins', () => {
    const clusterDefaults = { runtimeDeps: { pnpm: true, python: true } };
    expect(rendered(bare({ runtimeDeps: { pnpm: false } }), { clusterDefaults }).instance.spec.runtimeDeps).toEqual({
      pnpm: false,
      python: true,
    });
  });

  it('decide the dialect through the tag', () => {
    expect(rendered(bare(), { clusterDefaults: defaults }).instance.dialect).toBe('before-2026.8');
  });
});

describe('the dialect of a release', () => {
  it.each([
    ['2026.2.26', 'before-2026.8'],
    ['2026.7.1', 'before-2026.8'],
    ['2026.7.1-2', 'before-2026.8'],
    ['2026.07.31', 'before-2026.8'],
    ['2025.12.31', 'before-2026.8'],
    ['2026.8.1', 'since-2026.8'],
    ['2026.8.0-beta.1', 'since-2026.8'],
    ['2026.10.1', 'since-2026.8'],
    ['2027.1.1', 'since-2026.8'],
    ['latest', 'since-2026.8'],
    ['0.5.0', 'since-2026.8'],
    ['v2026.2.26', 'since-2026.8'],
    ['2026.2', 'since-2026.8'],
    ['main', 'since-2026.8'],
    ['', 'since-2026.8'],
    [undefined, 'since-2026.8'],
  ])('%s is %s', (tag, dialect) => {
    expect(dialectOf(tag)).toBe(dialect);
  });

  it('is that of the annotation, if there is one, also for a digest', () => {
    const stated = withAnnotations({ 'openclaw.rocks/app-version': '2026.7.1' });
    expect(rendered(anInstance(stated)).instance.dialect).toBe('before-2026.8');
    const digest = withSpec({ image: { digest: `sha256:${'a'.repeat(64)}` } });
    expect(rendered({ ...anInstance(stated, digest), spec: { image: { digest: `sha256:${'a'.repeat(64)}` } } }).instance.dialect).toBe(
      'before-2026.8',
    );
    expect(rendered(bare({ image: { digest: `sha256:${'a'.repeat(64)}` } })).instance.dialect).toBe('since-2026.8');
  });
});

const of = (text: string | undefined, config: NonNullable<OpenClawInstanceSpec['config']> = {}) =>
  refused(anInstance(withSpec({ config: { configMapRef: { name: 'theirs' }, ...config } })), {
    configMaps: new Map([['theirs', { data: text === undefined ? {} : { 'openclaw.json': text } }]]),
  });

const SECRET = 'do-not-quote-4711';

describe('a config in a ConfigMap', () => {
  it('is missed by name', () => {
    expect(refused(anInstance(withSpec({ config: { configMapRef: { name: 'gone' } } })))).toEqual([
      expect.objectContaining({
        path: 'spec.config.configMapRef.name',
        rule: 'config/map-missing',
        message: expect.stringContaining('"gone"'),
      }),
    ]);
  });

  it('is missed by key', () => {
    expect(of(undefined)).toEqual([
      expect.objectContaining({
        path: 'spec.config.configMapRef.key',
        rule: 'config/key-missing',
        message: expect.stringContaining('openclaw.json'),
      }),
    ]);
  });

  it.each([
    ['a comment in JSON', `{ /* c */ "token": "${SECRET}" }`, 'json', 'json5'],
    ['half of an object', `{"token": "${SECRET}"`, 'json', 'mend'],
    ['a bare word', `{"token": ${SECRET}}`, 'json', 'mend'],
    ['only the text', SECRET, 'json', 'mend'],
    ['broken JSON5', `{ token: '${SECRET}`, 'json5', 'mend'],
    ['a bare word in JSON5', `{ token: ${SECRET} }`, 'json5', 'mend'],
  ] as const)('with %s is told without its text', (_what, text, format, remedy) => {
    const issues = of(text, { format });
    expect(issues.filter(({ rule }) => rule !== 'secret-text')).toEqual([
      expect.objectContaining({ path: 'spec.config.configMapRef', rule: 'config/syntax', message: expect.stringContaining(remedy) }),
    ]);
    for (let length = 4; length <= SECRET.length; length += 1) {
      expect(issues.map(issueText).join()).not.toContain(SECRET.slice(0, length));
    }
  });

  it.each(['[]', '"text"', 'null', '1'])('that holds %s is no object', (text) => {
    expect(of(text)).toEqual([expect.objectContaining({ rule: 'config/not-an-object' })]);
  });
});
