import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { OpenClawInstanceSpec } from '../../constructs';
import { bootGateway, type Gateway } from './gateway';
import { createDevice, handshake, type HandshakeResult } from './handshake';
import { isListening } from './program';
import { MISSING_OUTSIDE, type Nginx, outsideAddress, startNginx } from './proxy';
import { describeWith, MISSING_NGINX, type Release, RELEASES } from './releases';
import { type Probe, type Rendered, WITHOUT_METRICS, renderInstance } from './rendered';
import { validateConfig } from './validate';

const TOKEN = 'dialects-token-0123456789';

/** An instance that puts into openclaw.json what every part of ours has to say. */
function everyPart(release: Release, more: OpenClawInstanceSpec = {}): Rendered {
  return renderInstance({
    apiVersion: 'openclaw.rocks/v1alpha1',
    kind: 'OpenClawInstance',
    metadata: { name: 'alice', namespace: 'team' },
    spec: {
      image: { tag: release.version },
      workspace: { initialFiles: { 'AGENTS.md': '# Alice\n' }, bootstrap: { enabled: false }, additionalWorkspaces: [{ name: 'work' }] },
      chromium: { enabled: true },
      ollama: { enabled: true, models: ['llama3.2'] },
      gateway: { controlUiOrigins: ['https://other.example'] },
      networking: {
        ingress: { enabled: true, className: 'nginx', hosts: [{ host: 'alice.example' }], tls: [{ hosts: ['alice.example'] }] },
      },
      observability: { logging: { level: 'debug', format: 'json' } },
      ...more,
    },
  });
}

/** The same for a gateway that is booted. */
function everyPartBooted(release: Release, more: OpenClawInstanceSpec = {}): Rendered {
  return everyPart(release, { observability: { logging: { level: 'debug', format: 'json' }, ...WITHOUT_METRICS }, ...more });
}

for (const release of RELEASES) {
  describeWith(`an instance of ${release.version}`, [release.missing, MISSING_NGINX, MISSING_OUTSIDE], () => {
    const rendered = everyPartBooted(release);
    let gateway: Gateway;
    let nginx: Nginx;

    beforeAll(async () => {
      gateway = await bootGateway(release, { ...rendered, token: TOKEN });
      nginx = await startNginx(rendered.nginxConf, gateway.port);
    }, 150_000);

    /** A client somewhere in the network, as the Service leads it to the proxy. */
    const fromOutside = async (options: Partial<Parameters<typeof handshake>[1]>): Promise<HandshakeResult> =>
      handshake(release, { host: outsideAddress(), port: nginx.gatewayPort, token: TOKEN, ...options });

    /** What the kubelet would get, with the pod's ports in place of ours. A command is asked for its URL only. */
    const askProbe = async ({ httpGet, exec }: Probe): Promise<Response> => {
      const ports = new Map([
        ['18789', gateway.port],
        ['18790', nginx.gatewayPort],
      ]);
      const inside = exec?.command.find((argument) => argument.startsWith('http://')) ?? '';
      const url = new URL(httpGet === undefined ? inside : `http://${outsideAddress()}:${httpGet.port}${httpGet.path}`);
      url.port = String(ports.get(url.port));
      return fetch(url);
    };

    test('T-B7, T-B14: has an openclaw.json that the release accepts', async () => {
      expect(await validateConfig(release, everyPart(release).configText)).toEqual({ valid: true, issues: [] });
    });

    test('has no key that the release moves or removes at its start', async () => {
      const onDisk: object = JSON.parse(await readFile(join(gateway.home, '.openclaw', 'openclaw.json'), 'utf8'));
      const written: object = JSON.parse(rendered.configText.replaceAll('/home/openclaw', gateway.home));
      expect(onDisk).toMatchObject(written);
    });

    test('greets a client with the token, through the proxy', async () => {
      expect(await fromOutside({ headers: { Host: 'alice.example' } })).toMatchObject({ ok: true, hello: { type: 'hello-ok' } });
    });

    test('turns away a client with a wrong token or none', async () => {
      expect(await fromOutside({ token: 'wrong' })).toMatchObject({ ok: false, code: 'AUTH_TOKEN_MISMATCH' });
      expect(await handshake(release, { host: outsideAddress(), port: nginx.gatewayPort })).toMatchObject({ ok: false });
    });

    test.each(['https://alice.example', 'https://other.example'])(
      'T-B15, T-B17: lets the browser page of %s in, or asks for its device',
      async (origin) => {
        const result = await fromOutside({ clientId: 'openclaw-control-ui', clientMode: 'webchat', headers: { Origin: origin } });
        const asksForDevice = { ok: false, code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' };
        expect(result).toMatchObject(release.version.startsWith('2026.9.') ? asksForDevice : { ok: true });
      },
    );

    test('turns away the browser page of another origin', async () => {
      const headers = { Origin: 'https://evil.example' };
      const result = await fromOutside({ clientId: 'openclaw-control-ui', clientMode: 'webchat', headers });
      expect(result).toMatchObject({ ok: false, message: expect.stringContaining('origin not allowed') });
    });

    test('T-B18: takes a new device inside the pod at once, as its own command line is one', async () => {
      const result = await handshake(release, { host: '127.0.0.1', port: gateway.port, token: TOKEN, device: createDevice() });
      expect(result).toMatchObject({ ok: true });
    });

    test.each([
      ['says nothing of where it comes from', {}],
      ['was forwarded by an ingress controller', { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https' }],
      [
        'claims to be local',
        { Host: 'localhost:18789', 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1', Forwarded: 'for=127.0.0.1' },
      ],
      ['claims to be the proxy', { Host: '127.0.0.1:18789', 'X-Forwarded-For': '127.0.0.2' }],
      ['sends nonsense', { 'X-Forwarded-For': 'unknown, -' }],
    ])('wants an approval for a device outside that %s', async (_what, headers: Record<string, string>) => {
      expect(await fromOutside({ device: createDevice(), headers })).toMatchObject({ ok: false, code: 'PAIRING_REQUIRED' });
    });

    test('serves the canvas port from the same gateway, not to strangers', async () => {
      const response = await fetch(`http://${outsideAddress()}:${nginx.canvasPort}/__openclaw__/a2ui/`);
      expect(response.status).toBe(401);
    });

    test.each(['startup', 'liveness', 'readiness'] as const)('T-C1, T-C2: passes its %s probe', async (name) => {
      const response = await askProbe(rendered.probes[name]);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain(release.hasHealthEndpoints ? 'application/json' : 'text/html');
    });

    test('T-C6: passes the readiness probe that guards the disk', async () => {
      const { probes } = everyPart(release, { probes: { diskReadiness: { enabled: true } } });
      expect(probes.readiness.exec).toBeDefined();
      expect((await askProbe(probes.readiness)).status).toBe(200);
    });

    test('fails its probes once the gateway is dead, though the proxy still listens', async () => {
      expect(await gateway.stop()).toEqual({ code: 0, signal: null });
      expect(await isListening(nginx.gatewayPort)).toBe(true);
      for (const probe of Object.values(rendered.probes)) expect((await askProbe(probe)).status).toBe(502);
      expect(await nginx.stop()).toEqual({ code: 0, signal: null });
    });
  });

  describeWith(
    `an instance of ${release.version} whose users are told by a proxy`,
    [release.missing, MISSING_NGINX, MISSING_OUTSIDE],
    () => {
      /** What a user has to write for it: our proxy is on loopback, which the releases distrust here, each in its own way. */
      const trustedProxy = { userHeader: 'x-forwarded-user', ...(release.hasHealthEndpoints && { allowLoopback: true }) };
      const written = {
        gateway: {
          auth: { mode: 'trusted-proxy', trustedProxy },
          trustedProxies: [outsideAddress(), ...(release.hasHealthEndpoints ? [] : ['::1'])],
        },
      };

      test('T-B13: starts without a token and takes the user from the header', async () => {
        const rendered = everyPartBooted(release, { config: { raw: written } });
        const gateway = await bootGateway(release, rendered);
        const nginx = await startNginx(rendered.nginxConf, gateway.port);
        const page = { host: outsideAddress(), port: nginx.gatewayPort, clientId: 'openclaw-control-ui', clientMode: 'webchat' };
        const Origin = 'https://alice.example';
        // As a proxy sends it: whom it speaks for, and who that is.
        const sent = { Origin, 'X-Forwarded-For': '203.0.113.9' };
        expect(await handshake(release, { ...page, headers: { ...sent, 'X-Forwarded-User': 'bob' } })).toMatchObject({ ok: true });
        expect(await handshake(release, { ...page, headers: sent })).toMatchObject({ ok: false });
        // Another client claims to be somebody.
        const stranger = { ...page, host: '127.0.0.1', headers: { ...sent, 'X-Forwarded-User': 'bob' } };
        expect(await handshake(release, stranger)).toMatchObject({ ok: false });
        await Promise.all([gateway.stop(), nginx.stop()]);
      }, 150_000);
    },
  );

  describeWith(`an instance of ${release.version} without the proxy`, [release.missing, MISSING_OUTSIDE], () => {
    test('T-D6: answers on the address of the pod', async () => {
      const direct = everyPartBooted(release, { gateway: { enabled: false } });
      expect(direct.nginxConf).toBe('');
      const gateway = await bootGateway(release, { ...direct, token: TOKEN });
      const result = await handshake(release, { host: outsideAddress(), port: gateway.port, token: TOKEN });
      expect(result).toMatchObject({ ok: true });
      await gateway.stop();
    }, 150_000);
  });
}
