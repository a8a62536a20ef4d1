import { type Modifier, anInstance, refused, rendered, withChromium, withIngress, withSpec, withoutNamespace } from '../../builders';

const NGINX = 'nginx.ingress.kubernetes.io';
const TRAEFIK = 'traefik.ingress.kubernetes.io';

/** The annotations of one controller, without its prefix. */
function annotationsOf(prefix: string, ...modifiers: readonly ReturnType<typeof withIngress>[]): Record<string, string> {
  const { annotations = {} } = rendered(anInstance(...modifiers)).find('Ingress').metadata;
  const own = Object.entries(annotations).filter(([key]) => key.startsWith(`${prefix}/`));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length + 1), value]));
}

/** What is said of a path to this port. */
const badPorts = (port: number, ...modifiers: readonly Modifier[]) =>
  rendered(anInstance(withIngress('nginx', { hosts: [{ host: 'a.example.com', paths: [{ port }] }] }), ...modifiers))
    .warned('ingress/port')
    .map(({ message }) => message);

describe('an Ingress', () => {
  it('is absent by default', () => {
    expect(rendered(anInstance()).has('Ingress')).toBe(false);
  });

  it('routes hosts, paths and certificates to the Service', () => {
    const hosts = [
      { host: 'a.example.com', paths: [{ path: '/x', pathType: 'Exact' as const, port: 18793 }, {}] },
      { host: 'b.example.com' },
    ];
    const whole = { path: '/', pathType: 'Prefix', backend: { service: { name: 'alice', port: { number: 18789 } } } };
    expect(rendered(anInstance(withIngress('haproxy', { hosts }))).spec('Ingress')).toEqual({
      ingressClassName: 'haproxy',
      rules: [
        {
          host: 'a.example.com',
          http: { paths: [{ path: '/x', pathType: 'Exact', backend: { service: { name: 'alice', port: { number: 18793 } } } }, whole] },
        },
        { host: 'b.example.com', http: { paths: [whole] } },
      ],
      tls: [{ hosts: ['alice.example.com'], secretName: 'alice-tls' }],
    });
  });

  it('asks for the certificate and needs a host', () => {
    expect(rendered(anInstance(withIngress('nginx'))).references).toContainEqual(
      expect.objectContaining({ kind: 'Secret', name: 'alice-tls', keys: ['tls.crt', 'tls.key'] }),
    );
    expect(refused(anInstance(withIngress('nginx', { hosts: [] })))).toContainEqual(
      expect.objectContaining({ path: 'spec.networking.ingress.hosts', rule: 'ingress/no-hosts' }),
    );
  });

  it.each([
    ['nginx', NGINX],
    ['my-nginx-internal', NGINX],
    ['traefik', TRAEFIK],
    ['traefik-public', TRAEFIK],
    ['haproxy', undefined],
    [undefined, undefined],
  ])('T-P1 of class %s has the annotations of that controller and of no other', (className, prefix) => {
    for (const each of [NGINX, TRAEFIK]) {
      const { length } = Object.keys(annotationsOf(each, withIngress(className)));
      expect([each, length > 0]).toEqual([each, each === prefix]);
    }
  });

  it('warns of plain HTTP and of a missing certificate', () => {
    const view = rendered(anInstance(withIngress('nginx', { tls: [], security: { forceHTTPS: false } })));
    expect(view.warned('ingress/no-tls')).toHaveLength(1);
    expect(view.warned('ingress/http')).toHaveLength(1);
  });

  it.each([
    ['of another name', [{ hosts: ['b.example.com'] }], ['spec.networking.ingress.hosts[0].host']],
    ['of its name', [{ hosts: ['alice.example.com'] }], []],
    ['with a star', [{ hosts: ['*.example.com'] }], []],
    ['with a star one label above', [{ hosts: ['*.com'] }], ['spec.networking.ingress.hosts[0].host']],
    ['for every host', [{ secretName: 'alice-tls' }], []],
  ])('looks for a certificate of each host: one %s', (_what, tls, paths) => {
    expect(
      rendered(anInstance(withIngress('nginx', { tls })))
        .warned('ingress/no-tls')
        .map(({ path }) => path),
    ).toEqual(paths);
  });

  it('warns of a path to a port that the Service does not have', () => {
    const custom = withSpec({ networking: { service: { ports: [{ name: 'web', port: 80, targetPort: 18790 }] } } });
    expect(badPorts(8080)).toEqual([
      'the Service has no port 8080: name one of 18789, 18793, 9090, or list ports of your own in networking.service.ports',
    ]);
    expect([badPorts(18789), badPorts(9222, withChromium()), badPorts(80, custom)]).toEqual([[], [], []]);
  });

  it('T-P7 warns when the NetworkPolicy does not know where the controller runs', () => {
    const name = 'ingress/network-policy';
    expect(rendered(anInstance(withIngress('nginx'))).warned(name)).toHaveLength(1);
    for (const networkPolicy of [
      { allowedIngressNamespaces: ['ingress-nginx'] },
      { allowedIngressCIDRs: ['10.0.0.0/8'] },
      { enabled: false },
    ]) {
      expect(rendered(anInstance(withIngress('nginx'), withSpec({ security: { networkPolicy } }))).warned(name)).toEqual([]);
    }
  });
});

describe('an Ingress of nginx', () => {
  it('keeps websockets open, redirects to HTTPS and limits requests', () => {
    expect(annotationsOf(NGINX, withIngress('nginx'))).toEqual({
      'proxy-read-timeout': '3600',
      'proxy-send-timeout': '3600',
      'proxy-http-version': '1.1',
      'upstream-hash-by': '$binary_remote_addr',
      'ssl-redirect': 'true',
      'force-ssl-redirect': 'true',
      'limit-rps': '10',
    });
  });

  it('T-P2 has no snippet, whatever is switched on; HSTS is the business of the controller', () => {
    const security = { enableHSTS: true, basicAuth: { enabled: true } };
    expect(Object.keys(annotationsOf(NGINX, withIngress('nginx', { security }))).join(' ')).not.toContain('snippet');
    expect(rendered(anInstance(withIngress('nginx', { security: { enableHSTS: false } }))).warned('ingress/hsts')).toHaveLength(1);
  });

  it('asks for a password by the Secret that both controllers read', () => {
    const ingress = withIngress('nginx', { security: { basicAuth: { enabled: true, realm: 'Family' } } });
    expect(annotationsOf(NGINX, ingress)).toMatchObject({
      'auth-type': 'basic',
      'auth-secret': 'alice-basic-auth',
      'auth-realm': 'Family',
    });
  });

  it('lets the annotations of the user win', () => {
    const annotations = { [`${NGINX}/limit-rps`]: '99', 'example.com/x': 'y' };
    const view = rendered(anInstance(withIngress('nginx', { annotations })));
    expect(view.find('Ingress').metadata.annotations).toMatchObject({ ...annotations, [`${NGINX}/ssl-redirect`]: 'true' });
  });

  it('does what is switched off no more', () => {
    const security = { forceHTTPS: false, rateLimiting: { enabled: false } };
    expect(Object.keys(annotationsOf(NGINX, withIngress('nginx', { security }))).sort()).toEqual([
      'proxy-http-version',
      'proxy-read-timeout',
      'proxy-send-timeout',
      'upstream-hash-by',
    ]);
  });
});

describe('an Ingress of Traefik', () => {
  const auth = { basicAuth: { enabled: true, realm: 'Family' } };

  it('T-P6 has HSTS, rate limit and realm as Middlewares', () => {
    const view = rendered(anInstance(withIngress('traefik', { security: { ...auth, rateLimiting: { requestsPerSecond: 7 } } })));
    expect(view.spec('Middleware', 'alice-https-redirect')).toEqual({ redirectScheme: { scheme: 'https', permanent: true } });
    expect(view.spec('Middleware', 'alice-security-headers')).toEqual({ headers: { stsSeconds: 31_536_000, stsIncludeSubdomains: true } });
    expect(view.spec('Middleware', 'alice-rate-limit')).toEqual({ rateLimit: { average: 7, burst: 35 } });
    expect(view.spec('Middleware', 'alice-basic-auth')).toEqual({ basicAuth: { secret: 'alice-basic-auth', realm: 'Family' } });
  });

  it('names them in order, each with its namespace', () => {
    expect(annotationsOf(TRAEFIK, withIngress('traefik', { security: auth }))).toEqual({
      'router.entrypoints': 'web,websecure',
      'router.middlewares': ['https-redirect', 'security-headers', 'rate-limit', 'basic-auth']
        .map((name) => `team-a-alice-${name}@kubernetescrd`)
        .join(','),
    });
  });

  it('T-P4 keeps the Middlewares of the user, in front of ours; any other annotation of the user wins', () => {
    const annotations = { [`${TRAEFIK}/router.middlewares`]: 'team-a-mine@kubernetescrd', [`${TRAEFIK}/router.entrypoints`]: 'internal' };
    const security = { enableHSTS: false, rateLimiting: { enabled: false } };
    expect(annotationsOf(TRAEFIK, withIngress('traefik', { annotations, security }))).toEqual({
      'router.entrypoints': 'internal',
      'router.middlewares': 'team-a-mine@kubernetescrd,team-a-alice-https-redirect@kubernetescrd',
    });
  });

  it('T-P5 has no Middleware of what is switched off, so that prune takes the old one away', () => {
    const security = { forceHTTPS: false, enableHSTS: false, rateLimiting: { enabled: false } };
    const view = rendered(anInstance(withIngress('traefik', { security })));
    expect(view.manifests.map(({ kind }) => kind)).not.toContain('Middleware');
    expect(annotationsOf(TRAEFIK, withIngress('traefik', { security }))).toEqual({});
  });

  it('needs the namespace of the instance, since a Middleware is named with it, and only then', () => {
    expect(refused(anInstance(withIngress('traefik'), withoutNamespace))).toContainEqual(
      expect.objectContaining({ path: 'metadata.namespace', rule: 'ingress/namespace' }),
    );
    const security = { forceHTTPS: false, enableHSTS: false, rateLimiting: { enabled: false } };
    expect(rendered(anInstance(withIngress('traefik', { security }), withoutNamespace)).has('Ingress')).toBe(true);
  });
});

const withAuth = (className: string, basicAuth = {}) =>
  withIngress(className, { security: { basicAuth: { enabled: true, ...basicAuth } } });

describe('the password of an Ingress', () => {
  it('T-P3 T-P8 is a Secret of a type and keys that both controllers read, hashed with bcrypt', () => {
    for (const className of ['nginx', 'traefik']) {
      expect(rendered(anInstance(withAuth(className, { username: 'family' }))).references).toContainEqual({
        kind: 'Secret',
        name: 'alice-basic-auth',
        path: 'spec.networking.ingress.security.basicAuth',
        purpose: 'basic authentication',
        keys: ['username', 'password', 'auth'],
        generate: {
          type: 'kubernetes.io/basic-auth',
          keys: {
            username: { literal: 'family' },
            password: { randomBytes: 20 },
            auth: { htpasswd: { user: 'family', passwordKey: 'password' } },
          },
        },
      });
    }
  });

  it('may be a Secret of the user', () => {
    const view = rendered(anInstance(withAuth('nginx', { existingSecret: 'mine' })));
    expect(view.find('Ingress').metadata.annotations).toMatchObject({ [`${NGINX}/auth-secret`]: 'mine' });
    expect(view.references).toContainEqual(expect.objectContaining({ name: 'mine', keys: ['auth'] }));
  });

  it('is only asked for by controllers that we know: any other one is warned of', () => {
    expect(rendered(anInstance(withAuth('haproxy'))).warned('ingress/basic-auth')).toHaveLength(1);
    expect(rendered(anInstance(withAuth('nginx'))).warned('ingress/basic-auth')).toEqual([]);
  });

  it('is not asked for when it is off', () => {
    expect(rendered(anInstance(withIngress('nginx', { security: { basicAuth: {} } }))).references.map(({ name }) => name)).not.toContain(
      'alice-basic-auth',
    );
  });
});
