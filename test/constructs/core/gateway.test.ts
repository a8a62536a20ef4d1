import { type Modifier, anInstance, ofOldRelease, rendered, withConfig, withIngress, withSpec } from '../../builders';

const withoutProxy = withSpec({ gateway: { enabled: false } });

interface GatewayConfig {
  readonly bind: string;
  readonly auth?: { readonly mode: string };
  readonly trustedProxies?: readonly string[];
  readonly controlUi: { readonly allowedOrigins: readonly string[]; readonly dangerouslyDisableDeviceAuth?: boolean };
}

function gatewayConfig(...modifiers: Parameters<typeof anInstance> extends [unknown?, ...infer Rest] ? Rest : never): GatewayConfig {
  return rendered(anInstance('alice', ...modifiers)).openclaw['gateway'] as GatewayConfig;
}

describe('the proxy', () => {
  it('T-D1 stands in front of a gateway that listens on the loopback interface', () => {
    const view = rendered(anInstance());
    expect(gatewayConfig().bind).toBe('loopback');
    expect(view.container('gateway-proxy')).toMatchObject({
      image: 'docker.io/library/nginx:1.27-alpine',
      command: ['/bin/sh', '/etc/gateway-proxy/start-proxy.sh'],
      ports: [
        { name: 'gw-proxy', containerPort: 18790, protocol: 'TCP' },
        { name: 'canvas-proxy', containerPort: 18794, protocol: 'TCP' },
      ],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
      securityContext: { runAsUser: 101, runAsGroup: 101, runAsNonRoot: true, readOnlyRootFilesystem: true },
    });
  });

  it('T-D13 is not restarted for a gateway that is not there yet: it has no probe, and the agent is asked through it', () => {
    const { gatewayProxy, agent } = {
      gatewayProxy: rendered(anInstance()).container('gateway-proxy'),
      agent: rendered(anInstance()).container('openclaw'),
    };
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(gatewayProxy).not.toHaveProperty(probe);
      expect(agent).toHaveProperty([probe, 'httpGet', 'port'], 18790);
    }
  });

  it('sees its own configuration only, and can write to /tmp only', () => {
    const view = rendered(anInstance());
    expect(view.container('gateway-proxy').volumeMounts).toEqual([
      { name: 'gateway-proxy-config', mountPath: '/etc/gateway-proxy', readOnly: true },
      { name: 'gateway-proxy-tmp', mountPath: '/tmp' },
    ]);
    expect(view.volume('gateway-proxy-config')).toEqual({
      name: 'gateway-proxy-config',
      configMap: { name: 'alice-config', items: ['nginx.conf', 'start-proxy.sh'].map((key) => ({ key, path: key })) },
    });
  });

  it('T52 T-M8 is named with its registry, and comes from that of the spec', () => {
    expect(rendered(anInstance(withSpec({ registry: 'mirror.example.com/hub/' }))).container('gateway-proxy').image).toBe(
      'mirror.example.com/hub/nginx:1.27-alpine',
    );
  });

  it('T-B18 is the one trusted proxy, beside those of the user', () => {
    expect(gatewayConfig().trustedProxies).toEqual(['127.0.0.2']);
    expect(gatewayConfig(withConfig({ gateway: { trustedProxies: ['10.0.0.0/8'] } })).trustedProxies).toEqual(['10.0.0.0/8', '127.0.0.2']);
    expect(gatewayConfig(withConfig({ gateway: { trustedProxies: ['10.0.0.0/8', '127.0.0.2'] } })).trustedProxies).toEqual([
      '10.0.0.0/8',
      '127.0.0.2',
    ]);
  });
});

describe('without the proxy', () => {
  it('T-D6 the gateway listens on the address of the pod, and the Service leads there', () => {
    const view = rendered(anInstance(withoutProxy));
    expect(gatewayConfig(withoutProxy)).toMatchObject({ bind: 'lan' });
    expect(gatewayConfig(withoutProxy)).not.toHaveProperty('trustedProxies');
    expect(view.spec('Service')['ports']).toMatchObject([
      { port: 18789, targetPort: 18789 },
      { port: 18793, targetPort: 18789 },
      { name: 'metrics' },
    ]);
    expect(view.pod.containers.map(({ name }) => name)).toEqual(['openclaw', 'otel-collector']);
    expect(view.find('ConfigMap', 'alice-config')['data']).not.toHaveProperty(['nginx.conf']);
    expect(view.pod.volumes.map(({ name }) => name)).not.toContain('gateway-proxy-config');
  });

  it.each([
    [false, 'loopback', '"lan"'],
    [true, 'lan', '"loopback"'],
    [true, '0.0.0.0', '"loopback"'],
  ])('T-D6 with enabled %s a bind of %s is kept, with a warning', (enabled, bind, wanted) => {
    const view = rendered(anInstance(withSpec({ gateway: { enabled } }), withConfig({ gateway: { bind } })));
    expect(view.openclaw).toHaveProperty('gateway.bind', bind);
    expect(view.warned('gateway/bind')).toEqual([
      expect.objectContaining({ path: 'spec.config.raw.gateway.bind', message: expect.stringContaining(wanted) }),
    ]);
  });

  it.each([true, false])('a port of its own is warned of, since nothing looks for the gateway there (proxy: %s)', (enabled) => {
    const warned = (port: unknown) =>
      rendered(anInstance(withSpec({ gateway: { enabled } }), withConfig({ gateway: { port } })))
        .warned('gateway/port')
        .map(({ path }) => path);
    expect([warned(8080), warned(18789)]).toEqual([['spec.config.raw.gateway.port'], []]);
  });

  it('a bind that fits is not warned of', () => {
    expect(rendered(anInstance(withConfig({ gateway: { bind: 'loopback' } }))).warnings).toEqual([]);
    expect(rendered(anInstance(withoutProxy, withConfig({ gateway: { bind: 'tailnet' } }))).warned('gateway/bind')).toEqual([]);
  });
});

const conf = (...modifiers: Modifier[]): string => rendered(anInstance(...modifiers)).text('alice-config', 'nginx.conf');
const told = (...modifiers: Modifier[]): string[] =>
  rendered(anInstance(...modifiers))
    .warned('gateway/trusted-proxy')
    .map(({ message }) => message);

describe('the token', () => {
  it('T-B20 is a reference to a Secret in the environment, and nowhere a value', () => {
    const view = rendered(anInstance());
    expect(view.agent.env).toContainEqual({
      name: 'OPENCLAW_GATEWAY_TOKEN',
      valueFrom: { secretKeyRef: { name: 'alice-gateway-token', key: 'token' } },
    });
    expect(view.manifests.map(({ kind }) => kind)).not.toContain('Secret');
    expect(view.references).toEqual([
      {
        kind: 'Secret',
        name: 'alice-gateway-token',
        path: 'spec.gateway.existingSecret',
        purpose: 'gateway token',
        keys: ['token'],
        rollsPod: true,
        generate: { type: 'Opaque', keys: { token: { randomBytes: 32 } } },
      },
    ]);
  });

  it('T-J9 comes from the Secret of the user, whose key is named as required', () => {
    const view = rendered(anInstance(withSpec({ gateway: { existingSecret: 'mine' } })));
    expect(view.agent.env).toContainEqual(expect.objectContaining({ valueFrom: { secretKeyRef: { name: 'mine', key: 'token' } } }));
    expect(view.references).toEqual([expect.objectContaining({ name: 'mine', keys: ['token'] })]);
    expect(view.references[0]).not.toHaveProperty('generate');
  });

  it('T35 T-B13 is neither in the config nor in the environment when a proxy authenticates users', () => {
    const view = rendered(anInstance(withConfig({ gateway: { auth: { mode: 'trusted-proxy' } } })));
    expect(view.openclaw).toHaveProperty('gateway.auth', { mode: 'trusted-proxy' });
    expect(view.env()).not.toHaveProperty('OPENCLAW_GATEWAY_TOKEN');
    expect(view.references).toEqual([]);
  });

  it('T-B13 warns of what that mode needs; old releases start in it only with a loopback address of their own among the trusted ones', () => {
    const mode = withConfig({ gateway: { auth: { mode: 'trusted-proxy' } } });
    expect(gatewayConfig(mode, ofOldRelease).trustedProxies).toEqual(['127.0.0.2', '::1']);
    expect(gatewayConfig(mode).trustedProxies).toEqual(['127.0.0.2']);
  });

  describe('T-B13 headers by which a proxy says who a user is', () => {
    const trustedProxy = {
      userHeader: 'X-Forwarded-User',
      requiredHeaders: ['x-auth-request-email', 'X-Forwarded-Proto'],
      allowLoopback: true,
    };
    const proxied = (trustedProxies?: readonly unknown[], more: object = {}) =>
      withConfig({
        gateway: { auth: { mode: 'trusted-proxy', trustedProxy: { ...trustedProxy, ...more } }, ...(trustedProxies && { trustedProxies }) },
      });
    it('are taken from every client while no proxy is named, and that is told', () => {
      const text = conf(proxied());
      expect(text).toContain('  geo $is_authenticator {\n    default 0;\n  }\n');
      expect(text).toContain('  proxy_set_header X-Forwarded-User $identity_0;\n');
      expect(text).toContain('    1 $http_x_auth_request_email;\n');
      expect(told(proxied())).toEqual([expect.stringContaining('until the address of your proxy stands in gateway.trustedProxies')]);
    });

    it('come through from the addresses that are named, and what is none gets into no file', () => {
      const names = ['10.1.0.0/16', 'fd00::7', '10.1.0.0/16', '1.2.3.4 1; } evil {', 7, 'unix:'];
      const text = conf(proxied(names));
      expect(text).toContain('  geo $is_authenticator {\n    default 0;\n    10.1.0.0/16 1;\n    fd00::7 1;\n  }\n');
      expect(text).not.toContain('evil');
      expect(told(proxied(names))).toEqual([]);
    });

    it('that nginx sets itself stand once, and one that never gets through is told', () => {
      expect(conf(proxied()).match(/proxy_set_header X-Forwarded-Proto/gi)).toHaveLength(1);
      expect(told(proxied(['10.1.0.1'], { userHeader: 'Tailscale-User-Login' }))).toEqual([
        expect.stringContaining('the header Tailscale-User-Login never gets through'),
      ]);
    });

    it.each(['X-User: a;\n}', 'X_User', '', 'x'.repeat(200), 5])('with a name that is none get into no file: %j', (userHeader) => {
      expect(conf(proxied([], { userHeader, requiredHeaders: [] }))).toBe(conf());
    });

    it('need a release that trusts the proxy of the pod, and without that proxy everybody is believed', () => {
      const path = 'spec.config.raw.gateway.auth';
      const warned = rendered(anInstance(proxied(['10.1.0.1'], { allowLoopback: false }))).warned('gateway/trusted-proxy');
      expect(warned).toEqual([expect.objectContaining({ path, message: expect.stringContaining('allowLoopback') })]);
      expect(told(proxied(['10.1.0.1']), withoutProxy)).toEqual([
        expect.stringContaining('whoever reaches the gateway can claim to be any user'),
      ]);
    });

    it('leave the proxy as it is in every other mode', () => {
      expect(conf(withConfig({ gateway: { auth: { mode: 'token', trustedProxy } } }))).toBe(conf());
    });
  });

  it('T-B13 leaves any other mode of the user as it is', () => {
    expect(gatewayConfig(withConfig({ gateway: { auth: { mode: 'password' } } })).auth).toEqual({ mode: 'password' });
  });
});

describe('the user interface', () => {
  const local = ['http://localhost:18789', 'http://127.0.0.1:18789'];

  it('T-B17 is allowed from port-forwards, from each ingress host, and from where the user says; never from everywhere', () => {
    const hosts = [{ host: 'a.example.com' }, { host: 'b.example.com' }];
    const ingress = withIngress('nginx', { hosts, tls: [{ hosts: ['a.example.com'], secretName: 'tls' }] });
    const origins = withSpec({ gateway: { controlUiOrigins: ['https://ui.example.com', 'https://a.example.com'] } });
    expect(gatewayConfig(ingress, origins).controlUi.allowedOrigins).toEqual([
      ...local,
      'https://a.example.com',
      'http://b.example.com',
      'https://ui.example.com',
    ]);
  });

  it('T-B17 keeps a list that the user wrote, with controlUiOrigins added', () => {
    const mine = withConfig({ gateway: { controlUi: { allowedOrigins: ['https://mine.example.com'] } } });
    expect(gatewayConfig(mine).controlUi.allowedOrigins).toEqual(['https://mine.example.com']);
    expect(gatewayConfig(mine, withSpec({ gateway: { controlUiOrigins: ['https://x.example.com'] } })).controlUi.allowedOrigins).toEqual([
      'https://mine.example.com',
      'https://x.example.com',
    ]);
  });

  it('T-B15 needs no device in old releases, where browsers behind a proxy cannot pair; newer ones ignore the key, so it is left out', () => {
    expect(gatewayConfig(ofOldRelease).controlUi.dangerouslyDisableDeviceAuth).toBe(true);
    expect(
      gatewayConfig(ofOldRelease, withConfig({ gateway: { controlUi: { dangerouslyDisableDeviceAuth: false } } })).controlUi,
    ).toMatchObject({
      dangerouslyDisableDeviceAuth: false,
    });
    expect(gatewayConfig().controlUi).not.toHaveProperty('dangerouslyDisableDeviceAuth');
  });
});

const withPorts = (port: number, targetPort?: number) =>
  withSpec({ networking: { service: { ports: [{ name: 'http', port, ...(targetPort !== undefined && { targetPort }) }] } } });

it('warns of a Service port that leads past the proxy to the loopback interface', () => {
  expect(rendered(anInstance(withPorts(80, 18789))).warned('gateway/port')).toHaveLength(1);
  expect(rendered(anInstance(withPorts(18789))).warned('gateway/port')).toHaveLength(1);
  expect(rendered(anInstance(withPorts(80, 18790))).warned('gateway/port')).toEqual([]);
  expect(rendered(anInstance(withPorts(18789), withoutProxy)).warned('gateway/port')).toEqual([]);
});
