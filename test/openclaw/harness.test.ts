import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootGateway, type Gateway } from './gateway';
import { createDevice, handshake } from './handshake';
import { freePort } from './program';
import { MISSING_OUTSIDE, type Nginx, outsideAddress, rewriteConf, startNginx } from './proxy';
import { describeWith, MISSING_NGINX, type Release, RELEASES } from './releases';
import { renderInstance } from './rendered';
import { validateConfig, validateConfigs } from './validate';

/** Valid on every release since 2026.2. */
const GOOD = JSON.stringify({
  gateway: {
    mode: 'local',
    bind: 'loopback',
    port: 18_789,
    auth: { mode: 'token' },
    trustedProxies: ['127.0.0.2'],
    controlUi: { allowedOrigins: ['https://host.example'] },
  },
  logging: { level: 'info', consoleLevel: 'info', consoleStyle: 'json' },
});
const UNKNOWN_KEY = JSON.stringify({ gateway: { mode: 'local' }, mcpServers: {} });
const BROKEN = '{"gateway": {"mode": "local"';
const TOKEN = 'harness-token-0123456789';

const ALICE = {
  apiVersion: 'openclaw.rocks/v1alpha1',
  kind: 'OpenClawInstance',
  metadata: { name: 'alice', namespace: 'team-a' },
} as const;

/** Releases gave these up one after the other; the last one is known to all of them. */
const GIVEN_UP = [
  { canvasHost: { enabled: true } },
  { browser: { ssrfPolicy: { allowPrivateNetwork: true } } },
  { browser: { ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } } },
];

const NGINX_CONF = readFileSync(join(__dirname, '../../constructs/core/gateway/nginx.conf'), 'utf8');

/** 78 is "the config is wrong" since 2026.8; earlier releases end with 1. */
function refusalCode(release: Release): number {
  return release.version.startsWith('2026.9.') ? 78 : 1;
}

for (const release of RELEASES) {
  describeWith(`the validator of ${release.version}`, [release.missing], () => {
    test('accepts a config that every release knows', async () => {
      expect(await validateConfig(release, GOOD)).toEqual({ valid: true, issues: [] });
    });

    test('refuses an unknown key at the root', async () => {
      const { valid, issues } = await validateConfig(release, UNKNOWN_KEY);
      expect(valid).toBe(false);
      expect(issues).toHaveLength(1);
      expect(issues[0]?.path).toBe('<root>');
    });

    test('gives the same verdicts on many files at once', async () => {
      const verdicts = await validateConfigs(release, [GOOD, UNKNOWN_KEY, BROKEN, GOOD]);
      expect(verdicts.map(({ valid }) => valid)).toEqual([true, false, false, true]);
    });

    test('T-M2 refuses the keys of which we say that they stop it, and no update to it is begun with them', async () => {
      const warnedOf = GIVEN_UP.map((raw) => {
        const { warnings } = renderInstance({ ...ALICE, spec: { image: { tag: release.version }, config: { raw } } });
        return warnings.some(({ rule, stops }) => rule === 'config/given-up' && stops);
      });
      const verdicts = await validateConfigs(
        release,
        GIVEN_UP.map((raw) => JSON.stringify({ gateway: { mode: 'local' }, ...raw })),
      );
      expect(verdicts.map(({ valid }) => !valid)).toEqual(warnedOf);
    });
  });

  describeWith(`the gateway of ${release.version}`, [release.missing], () => {
    test('a bad config fails the start with its output', async () => {
      const start = bootGateway(release, { configText: UNKNOWN_KEY, token: TOKEN });
      await expect(start).rejects.toMatchObject({
        name: 'StartError',
        exit: { code: refusalCode(release) },
        output: expect.stringMatching(/invalid config/i),
      });
    }, 60_000);
  });

  describeWith(`the gateway of ${release.version} behind the proxy`, [release.missing, MISSING_NGINX, MISSING_OUTSIDE], () => {
    let gateway: Gateway;
    let nginx: Nginx;

    beforeAll(async () => {
      gateway = await bootGateway(release, { configText: GOOD, token: TOKEN });
      nginx = await startNginx(NGINX_CONF, gateway.port);
    }, 150_000);

    test('greets a client with the token, on loopback', async () => {
      const result = await handshake(release, {
        host: '127.0.0.1',
        port: gateway.port,
        token: TOKEN,
      });
      expect(result).toMatchObject({ ok: true, hello: { type: 'hello-ok' } });
    });

    test('refuses a wrong token', async () => {
      const result = await handshake(release, {
        host: '127.0.0.1',
        port: gateway.port,
        token: 'not-it',
      });
      expect(result).toMatchObject({ ok: false, code: 'AUTH_TOKEN_MISMATCH' });
    });

    test('greets a client that comes through the proxy', async () => {
      const headers = { Host: 'host.example' };
      const result = await handshake(release, {
        host: outsideAddress(),
        port: nginx.gatewayPort,
        token: TOKEN,
        headers,
      });
      expect(result).toMatchObject({ ok: true, hello: { type: 'hello-ok' } });
    });

    test('takes a device on loopback, and wants an approval for one through the proxy', async () => {
      const near = await handshake(release, {
        host: '127.0.0.1',
        port: gateway.port,
        token: TOKEN,
        device: createDevice(),
      });
      expect(near).toMatchObject({ ok: true });
      const far = await handshake(release, {
        host: outsideAddress(),
        port: nginx.gatewayPort,
        token: TOKEN,
        device: createDevice(),
      });
      expect(far).toMatchObject({ ok: false, code: 'PAIRING_REQUIRED' });
    });

    test('stops cleanly, and the proxy then answers 502', async () => {
      expect(await gateway.stop()).toEqual({ code: 0, signal: null });
      const response = await fetch(`http://127.0.0.1:${nginx.gatewayPort}/healthz`);
      expect(response.status).toBe(502);
      expect(await nginx.stop()).toEqual({ code: 0, signal: null });
    });
  });
}

describeWith('the proxy', [MISSING_NGINX], () => {
  test('a replacement that does not fit is an error', () => {
    expect(() => rewriteConf('listen 1;', [['listen 2', 'listen 3']])).toThrow('"listen 2" does not occur');
  });

  test('T-D13 it is up before its gateway, says so in its log, and serves when that has come', async () => {
    const port = await freePort();
    const nginx = await startNginx(NGINX_CONF, port);
    const ask = async (): Promise<number> => (await fetch(`http://127.0.0.1:${nginx.gatewayPort}/readyz`)).status;
    try {
      expect(await ask()).toBe(502);
      const refused = /\[error\].*connect\(\) failed \(111: /;
      // The answer may be here before what the log says of it.
      while (!refused.test(nginx.output())) await sleep(20);
      const gateway = createServer((_request, response) => response.end('ready'));
      await new Promise<void>((resolve) => gateway.listen(port, '127.0.0.1', resolve));
      expect(await ask()).toBe(200);
      gateway.closeAllConnections();
      gateway.close();
    } finally {
      await nginx.stop();
    }
  });

  test('T-D3: nginx -t catches a temporary path that cannot be written', async () => {
    const conf = NGINX_CONF.replace(/^ *scgi_temp_path .*$/m, '');
    await expect(startNginx(conf, 18_789)).rejects.toThrow(/nginx -t refuses the file:[^]*scgi/);
  });
});
