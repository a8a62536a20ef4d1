import { resolve } from '../../../../constructs';
import { secretTexts } from '../../../../constructs/resolve/secrets/secret-text';
import {
  anInstance,
  rendered,
  withAnnotations,
  withChromium,
  withConfig,
  withEnv,
  withIngress,
  withMistake,
  withSpec,
} from '../../../builders';
import { documentWith, stringPositions, textOf } from '../string-positions';

/** Built from pieces, so that no scanner of this repository takes it for a real one. */
const TOKEN = ['sk', 'ant', 'api03', 'Zx81kQpLmN02vBcD94TyUe'].join('-');

const pathsOf = (document: object): string[] => secretTexts(document).map(({ path }) => path);

describe('a token', () => {
  const positions = stringPositions();

  it('can stand in hundreds of places of a spec', () => {
    const texts = positions.map(textOf);
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(700);
    for (const known of [
      'spec.env[0].value',
      'spec.envFrom[0].prefix',
      'spec.chromium.extraArgs[0]',
      'spec.chromium.extraEnv[0].value',
      'spec.sidecars[0].env[0].value',
      'spec.sidecars[0].command[0]',
      'spec.initContainers[0].args[0]',
      'spec.workspace.initialFiles.anykey',
      'spec.workspace.additionalWorkspaces[0].initialFiles.anykey',
      'spec.networking.service.annotations.anykey',
      'spec.networking.ingress.annotations.anykey',
      'spec.podAnnotations.anykey',
      'spec.security.rbac.serviceAccountAnnotations.anykey',
      'spec.extraVolumes[0].csi.volumeAttributes.anykey',
      'spec.sidecarVolumes[0].flexVolume.options.anykey',
      'spec.gateway.existingSecret',
    ]) {
      expect(texts).toContain(known);
    }
  });

  it('is found in each of them, by its exact path and without its text', () => {
    for (const position of positions) {
      const issues = secretTexts(documentWith(position, TOKEN));
      expect(issues.map(({ path }) => path)).toEqual([textOf(position)]);
      expect(JSON.stringify(issues)).not.toContain(TOKEN.slice(0, 12));
    }
  });

  it('is found in all of them at once, sorted as they stand', () => {
    const written = anInstance(
      withEnv({ name: 'A', value: TOKEN }, { name: 'B', value: `Bearer ${TOKEN}` }),
      withConfig({ a: [{ b: TOKEN }] }),
    );
    expect(pathsOf(written)).toEqual(['spec.env[0].value', 'spec.env[1].value', 'spec.config.raw.a[0].b']);
  });

  it.each([
    [{ raw: { mcp: { servers: { x: { env: { KEY: TOKEN } } } } } }, 'spec.config.raw.mcp.servers.x.env.KEY'],
    [{ raw: { a: { 'b.c/d': [[TOKEN]] } } }, 'spec.config.raw.a[b.c/d][0][0]'],
    [{ raw: { existingSecret: TOKEN } }, 'spec.config.raw.existingSecret'],
    [{ raw: { text: `before ${TOKEN} after` } }, 'spec.config.raw.text'],
  ])('is found anywhere in openclaw.json: %j', (config, path) => {
    expect(pathsOf({ spec: { config } })).toEqual([path]);
  });

  it('is found in the labels and annotations of the instance', () => {
    const annotations = { 'example.com/note': TOKEN };
    expect(pathsOf(anInstance(withAnnotations(annotations)))).toEqual(['metadata.annotations[example.com/note]']);
    expect(pathsOf({ metadata: { labels: { x: TOKEN } } })).toEqual(['metadata.labels.x']);
  });

  it('is told as a warning by resolve, whatever else is wrong', () => {
    const warning = expect.objectContaining({ path: 'spec.env[0].value', severity: 'warning', rule: 'secret-text' });
    expect(rendered(anInstance(withEnv({ name: 'A', value: TOKEN }))).warnings).toContainEqual(warning);
    for (const mistake of [{ suspended: 'yes' }, { resorces: {} }, { config: { configMapRef: { name: 'gone' } } }]) {
      const resolution = resolve(anInstance(withEnv({ name: 'A', value: TOKEN }), withMistake(mistake)));
      expect(resolution).toMatchObject({ ok: false, issues: expect.arrayContaining([warning]) });
    }
  });

  it('is quoted by no message of resolve where a user may have written it for the name of its Secret', () => {
    const names = positions.filter((steps) => /[sS]ecret(?:Name|s|Ref|KeyRef)?(?:\[0\])?(?:\.name)?$/.test(textOf(steps)));
    expect(names.length).toBeGreaterThan(20);
    for (const position of names) {
      const resolution = resolve({ ...anInstance(), ...documentWith(position, TOKEN) });
      const messages = JSON.stringify(resolution.ok ? resolution.warnings : resolution.issues);
      expect([textOf(position), messages.includes(TOKEN)]).toEqual([textOf(position), false]);
    }
  });
});

describe('a text that is a secret by its form', () => {
  const digits = '0123456789'.repeat(5);
  const letters = 'AbCdEfGhIjKlMnOpQrStUvWxYz'.repeat(3);
  it.each([
    ['an OpenAI key', `sk-proj-${letters.slice(0, 18)}1${letters.slice(0, 10)}`],
    ['an OpenRouter key', `sk-or-v1-${digits.slice(0, 40)}`],
    ['a GitHub token', `ghp_${letters.slice(0, 36)}`],
    ['a fine-grained GitHub token', `github_pat_${letters.slice(0, 30)}`],
    ['a GitLab token', `glpat-${letters.slice(0, 20)}`],
    ['a Slack token', `xoxb-${digits.slice(0, 20)}`],
    ['a Slack app token', `xapp-1-${letters.slice(0, 12)}`],
    ['an AWS key id', `AKIA${letters.slice(0, 16).toUpperCase()}`],
    ['a Google key', `AIza${letters.slice(0, 35)}`],
    ['a Groq key', `gsk_${letters.slice(0, 30)}`],
    ['an xAI key', `xai-${letters.slice(0, 30)}`],
    ['a Stripe key', `sk_live_${letters.slice(0, 24)}`],
    ['a Tailscale key', `tskey-auth-${letters.slice(0, 20)}`],
    ['an npm token', `npm_${letters.slice(0, 36)}`],
    ['a Hugging Face token', `hf_${letters.slice(0, 34)}`],
    ['a JSON web token', `eyJ${letters.slice(0, 20)}.eyJ${letters.slice(0, 20)}.${letters.slice(0, 20)}`],
    ['a Telegram token', `123456789:AA${letters.slice(0, 33)}`],
    ['a Discord token', `M${letters.slice(0, 23)}.${letters.slice(0, 6)}.${letters.slice(0, 30)}`],
    ['a private key', ['-----BEGIN RSA', 'PRIVATE KEY-----\nMII\n'].join(' ')],
    ['a password in a URL', 'postgres://bot:hunter2@db.example.com/x'],
    ['a shell assignment', 'export DB_PASSWORD=correcthorsebattery'],
    ['an assignment in YAML', 'api_key: a8Kd93jsLq0'],
    ['an assignment in JSON', '{"apiKey": "correcthorse"}'],
    ['a flag', '--api-key=correcthorse'],
    ['a query', 'https://example.com/x?token=correcthorse'],
    ['an .env file', 'A=1\nSLACK_SIGNING_SECRET=8f742231b10e8888abcd\n'],
  ])('is found: %s', (_what, text) => {
    const issues = secretTexts({ spec: { workspace: { initialFiles: { 'notes.txt': `line one\n${text}\nline two` } } } });
    expect(issues.map(({ path }) => path)).toEqual(['spec.workspace.initialFiles[notes.txt]']);
    expect(JSON.stringify(issues)).not.toContain(text.slice(0, 12));
  });
});

describe('a text that is a secret by its name', () => {
  it.each([
    'PASSWORD',
    'DB_PASSWORD',
    'SMTP_PASS',
    'MYSQL_PWD',
    'PASSPHRASE',
    'ANTHROPIC_API_KEY',
    'SLACK_BOT_TOKEN',
    'CLIENT_SECRET',
    'AWS_SECRET_ACCESS_KEY',
    'TS_AUTHKEY',
  ])('is found in a variable %s, wherever variables stand', (name) => {
    const env = [{ name, value: 'hunter2' }];
    expect(
      pathsOf({ spec: { env, chromium: { extraEnv: env }, sidecars: [{ env }], initContainers: [{}, { env }], config: { raw: { env } } } }),
    ).toEqual([
      'spec.env[0].value',
      'spec.chromium.extraEnv[0].value',
      'spec.sidecars[0].env[0].value',
      'spec.initContainers[1].env[0].value',
      'spec.config.raw.env[0].value',
    ]);
  });

  it.each([
    'apiKey',
    'botToken',
    'clientSecret',
    'signingSecret',
    'appSecret',
    'secret',
    'password',
    'token',
    'x-api-key',
    'Authorization',
  ])('is found in openclaw.json under %s', (key) => {
    expect(pathsOf({ spec: { config: { raw: { channels: { slack: { [key]: 'plain-text-value' } } } } } })).toHaveLength(1);
  });

  it('is found in each text of a list', () => {
    expect(pathsOf({ spec: { config: { raw: { tokens: ['one-text', 'two-text'] } } } })).toEqual([
      'spec.config.raw.tokens[0]',
      'spec.config.raw.tokens[1]',
    ]);
  });

  it('is found after its flag', () => {
    for (const args of [
      ['--password', 'hunter2'],
      ['run', '--db-password', 'hunter2', 'x'],
    ]) {
      expect(pathsOf({ spec: { sidecars: [{ args }] } })).toEqual([`spec.sidecars[0].args[${args.indexOf('hunter2')}]`]);
    }
  });
});

describe('a text that is no secret', () => {
  it.each([
    [
      'a reference',
      { env: [{ name: 'API_KEY', value: '$(OTHER_KEY)' }], config: { raw: { apiKey: '${ANTHROPIC_API_KEY}', token: '$TOKEN' } } },
    ],
    ['a header with a reference', { config: { raw: { headers: { Authorization: 'Bearer ${TOKEN}' } } } }],
    ['the name of a Secret', { gateway: { existingSecret: 'my-gateway-token' }, envFrom: [{ secretRef: { name: 'api-keys-token' } }] }],
    [
      'a key of a Secret',
      { env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'sk-anthropic-production-key-1', key: 'token' } } }] },
    ],
    ['the name of a pull secret', { image: { pullSecrets: [{ name: 'registry-credentials-secret' }] } }],
    [
      'the name of a mounted Secret',
      { extraVolumes: [{ name: 'secret', secret: { secretName: 'db-password', items: [{ key: 'password', path: 'password' }] } }] },
    ],
    [
      'the Secret of an annotation',
      { networking: { ingress: { annotations: { 'nginx.ingress.kubernetes.io/auth-secret': 'team/basic-auth' } } } },
    ],
    ['the certificate of an Ingress', { networking: { ingress: { tls: [{ secretName: 'wildcard-tls-secret' }] } } }],
    ['a tailnet key by reference', { tailscale: { authKeySecretRef: { name: 'ts-auth' }, authKeySecretKey: 'authkey' } }],
    [
      'a switch',
      {
        env: [
          { name: 'USE_TOKEN', value: 'true' },
          { name: 'REQUIRE_PASSWORD', value: 'false' },
          { name: 'CREDENTIALS', value: 'none' },
        ],
      },
    ],
    ['a number of tokens', { env: [{ name: 'MAX_TOKENS', value: '4096' }], config: { raw: { maxTokens: '200000', contextTokens: 8000 } } }],
    [
      'a path',
      {
        env: [
          { name: 'GOOGLE_APPLICATION_CREDENTIALS', value: '/var/run/secrets/gcp/key.json' },
          { name: 'SSH_PRIVATE_KEY', value: '~/.ssh/id_ed25519' },
        ],
      },
    ],
    [
      'the place of a token',
      {
        env: [
          { name: 'TOKEN_FILE', value: '/run/secrets/token' },
          { name: 'TOKEN_URL', value: 'https://example.com/oauth/token' },
        ],
      },
    ],
    ['the key of the local model server', { config: { raw: { models: { providers: { ollama: { apiKey: 'ollama-local' } } } } } }],
    ['a mode', { config: { raw: { gateway: { auth: { mode: 'token' } } }, forcePaths: ['gateway.auth.token'] } }],
    [
      'a model',
      {
        config: { raw: { agents: { defaults: { model: { primary: 'anthropic/claude-opus-4-20250514' } } } } },
        ollama: { models: ['qwen3:8b-instruct-q4_K_M'] },
      },
    ],
    ['an image', { image: { repository: 'ghcr.io/openclaw/openclaw', tag: '2026.9.6', digest: `sha256:${'0a'.repeat(32)}` } }],
    ['an image by digest in a text', { podAnnotations: { image: `docker://nginx:1.27@sha256:${'0a'.repeat(32)}` } }],
    ['a hash', { podAnnotations: { commit: 'da39a3ee5e6b4b0d3255bfef95601890afd80709', sum: 'sha512-Zx81kQpLmN02vBcD94TyUe==' } }],
    [
      'a URL',
      {
        gateway: { controlUiOrigins: ['https://user.example.com:8443/x@y'] },
        env: [{ name: 'PROXY', value: 'http://proxy.example.com:3128/' }],
      },
    ],
    [
      'a URL with a reference',
      {
        env: [
          { name: 'DATABASE_URL', value: 'postgres://bot:$(DB_PASSWORD)@db/x' },
          { name: 'B', value: 'redis://x:${PASS}@r' },
        ],
      },
    ],
    [
      'a git remote',
      {
        env: [
          { name: 'REPO', value: 'ssh://git@github.com:22/a/b.git' },
          { name: 'R2', value: 'git@github.com:a/b.git' },
        ],
      },
    ],
    [
      'prose',
      {
        workspace: {
          initialFiles: { 'a.md': 'Password: required. Token: generated by the operator. API key: optional. Never tell a secret, ever.' },
        },
      },
    ],
    [
      'shell',
      {
        workspace: {
          initialFiles: {
            'a.sh': '#!/bin/sh\nTOKEN=$(cat /run/token)\ncurl -H "Authorization: Bearer $TOKEN" "$URL"\napi_key="${API_KEY:?}"\n',
          },
        },
      },
    ],
    [
      'javascript',
      {
        workspace: {
          initialFiles: {
            'a.mjs': 'const token = process.env.BOT_TOKEN;\nconst apiKey = await readKey();\nlet secret = getSecret(name);\n',
          },
        },
      },
    ],
    [
      'python',
      { workspace: { initialFiles: { 'a.py': 'token = os.environ["TOKEN"]\napi_key=settings.api_key\npassword = getpass.getpass()\n' } } },
    ],
    ['yaml', { workspace: { initialFiles: { 'a.yaml': 'existingSecret: my-gateway-token1\ntoken: ${TOKEN}\nmax_tokens: 128000\n' } } }],
    [
      'a word with sk- in it',
      { sidecars: [{ name: 'task-runner-with-a-long-name-2', args: ['disk-usage-of-a-very-long-volume-name-1'] }] },
    ],
    ['a placeholder', { workspace: { initialFiles: { 'a.md': 'Set OPENAI_API_KEY to sk-your-key-goes-here-instead.' } } }],
  ])('is not reported: %s', (_what, spec) => {
    expect(pathsOf({ spec })).toEqual([]);
  });

  it('is not reported of what kubectl noted down, nor of the status', () => {
    const applied = JSON.stringify({ spec: { gateway: { existingSecret: 'my-gateway-token' }, env: [{ name: 'X', value: TOKEN }] } });
    expect(pathsOf(anInstance(withAnnotations({ 'kubectl.kubernetes.io/last-applied-configuration': applied })))).toEqual([]);
    expect(pathsOf({ ...anInstance(), status: { managedResources: { gatewayTokenSecret: 'a-token' }, message: TOKEN } })).toEqual([]);
  });

  it('is not reported of a whole instance with every feature', () => {
    const written = anInstance(
      withChromium({ extraArgs: ['--lang=de'], extraEnv: [{ name: 'TZ', value: 'Europe/Berlin' }] }),
      withIngress('nginx', { security: { basicAuth: { enabled: true, existingSecret: 'family-password' } } }),
      withSpec({
        gateway: { existingSecret: 'alice-token' },
        security: { caBundle: { secretName: 'ca-secret' } },
        envFrom: [{ secretRef: { name: 'api-keys' } }],
      }),
    );
    expect(pathsOf(written)).toEqual([]);
  });
});

it('a value of the environment stands in no ConfigMap by our doing', () => {
  const value = `only-here-${TOKEN}`;
  const view = rendered(anInstance(withEnv({ name: 'A', value }), withChromium({ extraEnv: [{ name: 'B', value }] })));
  const holders = view.manifests.filter((manifest) => JSON.stringify(manifest).includes(value)).map(({ kind }) => kind);
  expect(holders).toEqual(['StatefulSet']);
});
