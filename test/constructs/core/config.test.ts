import { anInstance, ofOldRelease, rendered, withConfig, withOllama, withSpec } from '../../builders';
import { type Modifier } from '../../builders';

/** The config hash of an instance. */
function hashOf(...modifiers: readonly Modifier[]): string | undefined {
  return rendered(anInstance(...modifiers)).template.metadata.annotations?.['openclaw.rocks/config-hash'];
}

const FACTS = {
  configMaps: new Map([
    [
      'theirs',
      {
        data: { 'openclaw.json': '{"agents":{"defaults":{"model":"opus"}}}', 'five.json': "{ /* mine */ gateway: { bind: 'loopback' }, }" },
      },
    ],
  ]),
};

it('raw beside a configMapRef is left out, with a warning', () => {
  const reference = { name: 'theirs', key: 'openclaw.json' };
  const both = rendered(anInstance(withSpec({ config: { configMapRef: reference, raw: { ui: {} } } })), FACTS);
  expect(both.openclaw).not.toHaveProperty('ui');
  expect(both.warned('config/raw-unused')).toEqual([expect.objectContaining({ path: 'spec.config.raw' })]);
  expect(rendered(anInstance(withSpec({ config: { configMapRef: reference } })), FACTS).warned('config/raw-unused')).toEqual([]);
});

describe('openclaw.json', () => {
  it('T-B14 has gateway.mode local, without which newer releases do not start', () => {
    expect(rendered(anInstance()).openclaw).toMatchObject({ gateway: { mode: 'local', port: 18789, bind: 'loopback' } });
  });

  it('T20 T-B7 holds keys that every release knows, and no other, when the user writes none', () => {
    expect(rendered(anInstance()).openclaw).toEqual({
      gateway: {
        mode: 'local',
        port: 18789,
        bind: 'loopback',
        auth: { mode: 'token' },
        trustedProxies: ['127.0.0.2'],
        controlUi: { allowedOrigins: ['http://localhost:18789', 'http://127.0.0.1:18789'] },
      },
      logging: { level: 'info', consoleLevel: 'info', consoleStyle: 'json' },
      diagnostics: {
        enabled: true,
        otel: { enabled: true, endpoint: 'http://127.0.0.1:4318', protocol: 'http/protobuf', metrics: true, traces: false, logs: false },
      },
      plugins: { entries: { 'diagnostics-otel': { enabled: true } } },
    });
  });

  it('keeps what the user wrote, key by key, under defaults of ours', () => {
    const raw = {
      gateway: { mode: 'remote', port: 1, reload: { mode: 'hot' } },
      logging: { level: 'warn' },
      agents: { defaults: { model: 'opus' } },
    };
    expect(rendered(anInstance(withConfig(raw))).openclaw).toMatchObject({
      ...raw,
      gateway: { mode: 'remote', port: 1, reload: { mode: 'hot' }, bind: 'loopback' },
      logging: { level: 'warn', consoleStyle: 'json' },
    });
  });

  it.each([
    ['json', 'json'],
    ['text', 'pretty'],
  ] as const)('T-B21 writes the level for file and console, and format %s as console style %s', (format, consoleStyle) => {
    const logging = { level: 'debug' as const, format };
    const { openclaw } = rendered(anInstance(withSpec({ observability: { logging } })));
    expect(openclaw['logging']).toEqual({ level: 'debug', consoleLevel: 'debug', consoleStyle });
  });

  it('is plain JSON with sorted keys that ends in a line feed', () => {
    const text = rendered(anInstance(withConfig({ zeta: 1, alpha: { b: 1, a: [{ d: 1, c: 2 }] } }))).text('alice-config', 'openclaw.json');
    expect(text.endsWith('}\n')).toBe(true);
    expect(Object.keys(JSON.parse(text))).toEqual(['alpha', 'diagnostics', 'gateway', 'logging', 'plugins', 'zeta']);
    expect(text).toContain('"a": [\n      {\n        "c": 2,\n        "d": 1');
  });

  it('keeps a `__proto__` of the user a plain key', () => {
    const raw = JSON.parse('{"agents":{"__proto__":{"polluted":true}}}');
    const text = rendered(anInstance(withConfig(raw))).text('alice-config', 'openclaw.json');
    expect(text).toContain('"__proto__"');
    expect({}).not.toHaveProperty('polluted');
  });

  it('T-B20 refers to the token nowhere: the variable holds it', () => {
    expect(rendered(anInstance()).text('alice-config', 'openclaw.json')).not.toMatch(/"token":|OPENCLAW_GATEWAY_TOKEN/);
  });

  it.each([
    ['spec.config.raw.canvasHost', { canvasHost: { enabled: true } }, '2026.7.1', '2026.8.1'],
    [
      'spec.config.raw.browser.ssrfPolicy.allowPrivateNetwork',
      { browser: { ssrfPolicy: { allowPrivateNetwork: true } } },
      '2026.4.11',
      '2026.6.11',
    ],
  ])('T-M2 warns of %s where the release does not start with it, and only there', (path, raw, last, first) => {
    const warnedOf = (tag: string): unknown =>
      rendered(anInstance(withSpec({ image: { tag } }), withConfig(raw))).warned('config/given-up');
    expect([warnedOf(last), warnedOf('2026.2.26')]).toEqual([[], []]);
    for (const tag of [first, '2026.9.6', 'latest']) expect(warnedOf(tag)).toEqual([expect.objectContaining({ path, stops: true })]);
  });

  it('warns of a root mcpServers, which stops every release', () => {
    expect(rendered(anInstance(withConfig({ mcpServers: {} }))).warned('config/mcp-servers')).toEqual([
      expect.objectContaining({ path: 'spec.config.raw.mcpServers' }),
    ]);
  });
});

const ref = (key?: string): Modifier => withSpec({ config: { configMapRef: { name: 'theirs', ...(key !== undefined && { key }) } } });

const of = (text: string) =>
  rendered(anInstance(ref()), { configMaps: new Map([['theirs', { data: { 'openclaw.json': text } }]]) }).template.metadata.annotations;

describe('openclaw.json of a ConfigMap', () => {
  it('T5 T-B6 is read and completed with our defaults, not mounted as it is', () => {
    const view = rendered(anInstance(ref()), FACTS);
    expect(view.openclaw).toMatchObject({ agents: { defaults: { model: 'opus' } }, gateway: { mode: 'local', auth: { mode: 'token' } } });
    expect(view.volume('config')).toEqual({ name: 'config', configMap: { name: 'alice-config' } });
    expect(view.references).toContainEqual(expect.objectContaining({ kind: 'ConfigMap', name: 'theirs', keys: ['openclaw.json'] }));
  });

  it('wins over config.raw, which is then ignored', () => {
    expect(rendered(anInstance(ref(), withConfig({ agents: { defaults: { model: 'raw' } } })), FACTS).openclaw).toMatchObject({
      agents: { defaults: { model: 'opus' } },
    });
  });

  it('T85 T-B10 may be JSON5: it is parsed here, so that the token, the bind and the origins are in it, and no pod needs a registry', () => {
    const view = rendered(anInstance(ref('five.json'), withSpec({ config: { format: 'json5' } })), FACTS);
    expect(view.openclaw).toMatchObject({ gateway: { bind: 'loopback', auth: { mode: 'token' }, mode: 'local' } });
    expect(view.container('init-config').image).toBe(view.agent.image);
    expect(JSON.stringify(view.pod)).not.toContain('npx');
  });

  it('T50 T-B8 a change of its text changes the hash', () => {
    expect(of('{"a":1}')).not.toEqual(of('{"a":2}'));
    expect(of('{"a":1,"b":2}')).toEqual(of('{"b":2,  "a":1}'));
  });
});

describe('the config on its way to the volume', () => {
  const view = rendered(anInstance());
  const install = ['/operator-config/install-config.mjs', '/operator-config/config-plan.json'];
  const prepare = ['/operator-config/prepare-volume.mjs', '/operator-config/volume-plan.json'];

  it('T-B1 is copied onto the data volume by an init container: no file is mounted over it', () => {
    const init = view.container('init-config');
    expect(init).toMatchObject({ image: view.agent.image, command: ['/usr/local/bin/node', ...prepare, ...install] });
    expect(init.volumeMounts).toEqual([
      { name: 'data', mountPath: '/home/openclaw' },
      { name: 'config', mountPath: '/operator-config', readOnly: true },
    ]);
    expect(view.agent.volumeMounts.filter(({ name }) => name === 'config')).toEqual([
      { name: 'config', mountPath: '/operator-config', readOnly: true },
    ]);
  });

  it('T-B2 is copied again whenever the container of the agent starts, by the same program', () => {
    expect(view.agent['lifecycle']).toEqual({ postStart: { exec: { command: ['/usr/local/bin/node', ...install] } } });
  });

  it('T-B4 T-B5 T-B12 is copied by a program on the image of the agent, started without a shell', () => {
    expect(view.container('init-config').command?.[0]).toBe('/usr/local/bin/node');
    expect(view.text('alice-config', 'install-config.mjs')).toContain("from 'node:fs'");
  });

  it('is told where it is and what else is on the volume', () => {
    expect(JSON.parse(view.text('alice-config', 'config-plan.json'))).toEqual({
      source: '/operator-config/openclaw.json',
      target: '/home/openclaw/.openclaw/openclaw.json',
      mode: 'overwrite',
      forcePaths: [],
      application: '/app',
    });
    expect(view.pod.initContainers[0]?.name).toBe('init-config');
  });

  it('merges with what is there, and removes paths first, if the user says so', () => {
    const config = { mergeMode: 'merge' as const, forcePaths: ['gateway.auth', 'models.providers'] };
    expect(JSON.parse(rendered(anInstance(withSpec({ config }))).text('alice-config', 'config-plan.json'))).toMatchObject({
      mode: 'merge',
      forcePaths: ['gateway.auth', 'models.providers'],
    });
  });

  it('has requests and limits on every init container, for namespaces with a quota', () => {
    for (const { resources } of view.pod.initContainers) {
      expect(resources).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '256Mi' } });
    }
  });
});

describe('the config hash', () => {
  it('T-B8 changes with everything that is mounted: document, mode, paths, ingress, features', () => {
    const hashes = [
      hashOf(),
      hashOf(withConfig({ a: 1 })),
      hashOf(withSpec({ config: { mergeMode: 'merge' } })),
      hashOf(withSpec({ config: { mergeMode: 'merge', forcePaths: ['a'] } })),
      hashOf(withSpec({ gateway: { controlUiOrigins: ['https://ui.example.com'] } })),
      hashOf(withOllama({ models: ['qwen3:8b'] })),
      hashOf(ofOldRelease),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('T37 T-B8 does not change with files that are seeded once, nor with things that change the pod anyway', () => {
    expect(hashOf(withSpec({ workspace: { initialFiles: { 'a.md': 'x' } } }))).toBe(hashOf());
    expect(hashOf(withSpec({ resources: { limits: { memory: '8Gi' } } }))).toBe(hashOf());
  });

  it('T-A14 is the same at every render and whatever the order of the keys', () => {
    expect(hashOf(withConfig({ b: 1, a: { d: 1, c: 2 } }))).toBe(hashOf(withConfig({ a: { c: 2, d: 1 }, b: 1 })));
  });
});
