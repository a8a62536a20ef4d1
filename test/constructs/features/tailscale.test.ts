import { anInstance, ofOldRelease, refused, rendered, withConfig, withMistake, withSpec } from '../../builders';
import type { OpenClawInstanceSpec } from '../../../constructs';

function withTailscale(tailscale: OpenClawInstanceSpec['tailscale'] = {}) {
  return withSpec({ tailscale: { enabled: true, authKeySecretRef: { name: 'ts-auth' }, ...tailscale } });
}

describe('tailscale', () => {
  const view = rendered(anInstance(withTailscale()));
  const sidecar = view.container('tailscale');

  it('is absent by default, with everything of it', () => {
    // nginx.conf clears the headers by which Serve says who a visitor is, whether there is a tailnet or not.
    const manifests = JSON.stringify(rendered(anInstance()).manifests).replaceAll(/Tailscale-[A-Za-z-]+/g, '');
    expect(manifests).not.toMatch(/tailscale/i);
  });

  it('T-H1 is a sidecar, with its program and socket where the application looks for them without being told', () => {
    expect(view.pod.containers.map(({ name }) => name)).toEqual(['openclaw', 'gateway-proxy', 'tailscale', 'otel-collector']);
    expect(view.container('init-tailscale-bin')).toMatchObject({
      image: sidecar.image,
      command: ['/bin/sh', '/operator-config/tailscale-copy-cli.sh'],
    });
    expect(view.mount('openclaw', 'tailscale-bin')).toEqual({ name: 'tailscale-bin', mountPath: '/tailscale-bin', readOnly: true });
    expect(view.mount('openclaw', 'tailscale-socket')).toEqual({
      name: 'tailscale-socket',
      mountPath: '/var/run/tailscale',
      readOnly: true,
    });
    expect(view.env()['PATH']).toMatch(/^\/tailscale-bin:/);
    expect(view.env()).toHaveProperty('TS_SOCKET', '/var/run/tailscale/tailscaled.sock');
    expect(view.env('tailscale')).toHaveProperty('TS_SOCKET', '/var/run/tailscale/tailscaled.sock');
  });

  it('T-H2 T-H4 keeps its identity in a Secret that is made empty, with the rights that it needs on it and no other', () => {
    expect(view.env('tailscale')).toHaveProperty('TS_KUBE_SECRET', 'alice-ts-state');
    expect(view.env('tailscale')).not.toHaveProperty('KUBERNETES_SERVICE_HOST');
    expect(view.find('Role')['rules']).toContainEqual({
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['alice-ts-state'],
      verbs: ['get', 'update', 'patch'],
    });
    expect(view.references).toContainEqual(
      expect.objectContaining({ kind: 'Secret', name: 'alice-ts-state', keys: [], generate: { type: 'Opaque', keys: {} } }),
    );
    expect(view.has('Secret', 'alice-ts-state')).toBe(false);
  });

  it('gives the token of the API to the sidecar alone, which no other container can read through /proc', () => {
    const bearers = view.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'api-token'));
    expect(bearers.map(({ name }) => name)).toEqual(['tailscale']);
    expect(view.pod).toMatchObject({ automountServiceAccountToken: false });
    const users = view.pod.containers.map(({ name, securityContext }) => [name, securityContext['runAsUser'] ?? 1000]);
    expect(users.filter(([, user]) => user === 65532)).toEqual([['tailscale', 65532]]);
  });

  describe('C38 beside an agent that speaks to the API server', () => {
    const selfConfigure = withSpec({ selfConfigure: { enabled: true, allowedActions: ['skills'] } });
    const both = rendered(anInstance(withTailscale(), selfConfigure));

    it('keeps its identity on the volume, in a folder that the sidecar alone has mounted', () => {
      expect(both.env('tailscale')).toMatchObject({
        TS_STATE_DIR: '/tailscale-state/tailscale/state',
        TS_KUBE_SECRET: '',
        KUBERNETES_SERVICE_HOST: '',
      });
      const bearers = both.containers.filter(({ volumeMounts }) => volumeMounts.some(({ subPath }) => subPath === '.private'));
      expect(bearers.map(({ name }) => name)).toEqual(['init-tailscale-bin', 'tailscale']);
      expect(both.env('init-tailscale-bin')).toEqual({ TAILSCALE_STATE: '/tailscale-state/tailscale' });
      const plan = JSON.parse(both.text('alice-config', 'volume-plan.json')) as { folders: string[] };
      expect(plan.folders).toEqual(['.local', '.cache', '.config', '.private']);
    });

    it('has no right on the Secret, and no token', () => {
      expect(JSON.stringify(both.find('Role')['rules'])).not.toContain('alice-ts-state');
      const bearers = both.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'api-token'));
      expect(bearers.map(({ name }) => name)).toEqual(['openclaw']);
      expect(both.warned('tailscale/identity')).toEqual([]);
    });

    it('says where there is no such place', () => {
      const claim = withSpec({ storage: { persistence: { existingClaim: 'mine' } } });
      const none = withSpec({ storage: { persistence: { enabled: false } } });
      for (const modifier of [claim, none]) {
        const fleeting = rendered(anInstance(withTailscale(), selfConfigure, modifier));
        expect(fleeting.warned('tailscale/identity')).toHaveLength(1);
        expect(fleeting.env('tailscale')).toMatchObject({ TS_STATE_DIR: '/tmp/tailscale', TS_KUBE_SECRET: '' });
        expect(JSON.stringify(fleeting.pod)).not.toContain('.private');
      }
    });

    it('is the same where each pod has a claim of its own, which would be one device', () => {
      const scaled = rendered(anInstance(withTailscale(), withSpec({ availability: { autoScaling: { enabled: true } } })));
      expect(scaled.env('tailscale')).toMatchObject({ TS_STATE_DIR: '/tailscale-state/tailscale/state', TS_KUBE_SECRET: '' });
    });
  });

  it('T-H3 has the program make its state folder itself, below /tmp', () => {
    expect(view.env('tailscale')).toHaveProperty('TS_STATE_DIR', '/tmp/tailscale');
    expect(view.mount('tailscale', 'tailscale-tmp')).toEqual({ name: 'tailscale-tmp', mountPath: '/tmp' });
    expect(sidecar.securityContext).toMatchObject({ readOnlyRootFilesystem: true, runAsNonRoot: true });
  });

  it('T-H5 mounts the folder of the serve document, so that another mode needs no new pod', () => {
    const funnel = rendered(anInstance(withTailscale({ mode: 'funnel' })));
    expect(view.mount('tailscale', 'tailscale-serve')).toEqual({
      name: 'tailscale-serve',
      mountPath: '/etc/tailscale/serve',
      readOnly: true,
    });
    expect(view.env('tailscale')).toHaveProperty('TS_SERVE_CONFIG', '/etc/tailscale/serve/tailscale-serve.json');
    expect(funnel.template).toEqual(view.template);
    expect(funnel.text('alice-config', 'tailscale-serve.json')).not.toBe(view.text('alice-config', 'tailscale-serve.json'));
  });

  it.each<['serve' | 'funnel', object]>([
    ['serve', {}],
    ['funnel', { AllowFunnel: { '${TS_CERT_DOMAIN}:443': true } }],
  ])('offers the gateway over HTTPS in mode %s', (mode, more) => {
    const one = rendered(anInstance(withTailscale({ mode })));
    expect(JSON.parse(one.text('alice-config', 'tailscale-serve.json'))).toEqual({
      TCP: { '443': { HTTPS: true } },
      Web: { '${TS_CERT_DOMAIN}:443': { Handlers: { '/': { Proxy: 'http://127.0.0.1:18789' } } } },
      ...more,
    });
  });

  it('T-I4 names the auth key by a file that the sidecar alone has: no value in an environment or an argument', () => {
    expect(view.env('tailscale')).toHaveProperty('TS_AUTHKEY', 'file:/etc/tailscale/auth/authkey');
    expect(view.volume('tailscale-auth')).toMatchObject({
      secret: { secretName: 'ts-auth', items: [{ key: 'authkey', path: 'authkey' }] },
    });
    const bearers = view.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'tailscale-auth'));
    expect(bearers.map(({ name }) => name)).toEqual(['tailscale']);
    expect(view.references).toContainEqual(expect.objectContaining({ kind: 'Secret', name: 'ts-auth', keys: ['authkey'], rollsPod: true }));
    const other = rendered(anInstance(withTailscale({ authKeySecretKey: 'key' })));
    expect(other.volume('tailscale-auth')).toMatchObject({ secret: { items: [{ key: 'key', path: 'authkey' }] } });
  });

  it('can do without an auth key, and says where the login link is', () => {
    const keyless = rendered(anInstance(withSpec({ tailscale: { enabled: true } })));
    expect(keyless.env('tailscale')).not.toHaveProperty('TS_AUTHKEY');
    expect(keyless.pod.volumes.map(({ name }) => name)).not.toContain('tailscale-auth');
    expect(keyless.warned('tailscale/no-auth-key')).toHaveLength(1);
    expect(view.warned('tailscale/no-auth-key')).toEqual([]);
  });

  it('bears the name of the instance in the tailnet, or another one', () => {
    expect(view.env('tailscale')).toHaveProperty('TS_HOSTNAME', 'alice');
    expect(rendered(anInstance(withTailscale({ hostname: 'bot' }))).env('tailscale')).toHaveProperty('TS_HOSTNAME', 'bot');
    expect(refused(anInstance(withTailscale({ hostname: 'a b' })))).toContainEqual(
      expect.objectContaining({ path: 'spec.tailscale.hostname' }),
    );
  });

  it('opens the ways of WireGuard, STUN and the API server', () => {
    const { egress } = view.spec('NetworkPolicy') as { egress: object[] };
    expect(egress).toContainEqual({
      ports: [
        { port: 3478, protocol: 'UDP' },
        { port: 41641, protocol: 'UDP' },
      ],
    });
    expect(egress).toContainEqual({
      ports: [
        { port: 443, protocol: 'TCP' },
        { port: 6443, protocol: 'TCP' },
      ],
    });
  });

  it('has releases from 2026.8 on trust the sidecar, which they answer 403 otherwise; earlier ones must not', () => {
    expect(view.openclaw).toHaveProperty('gateway.trustedProxies', ['127.0.0.2', '127.0.0.1']);
    expect(rendered(anInstance(withTailscale(), ofOldRelease)).openclaw).toHaveProperty('gateway.trustedProxies', ['127.0.0.2']);
  });

  it('lets nobody in through the tailnet where the gateway believes a proxy who the user is', () => {
    const proxied = rendered(anInstance(withTailscale(), withConfig({ gateway: { auth: { mode: 'trusted-proxy' } } })));
    expect(proxied.openclaw).toHaveProperty('gateway.trustedProxies', ['127.0.0.2']);
    expect(proxied.warned('tailscale/trusted-proxy')).toHaveLength(1);
  });

  it('lets members of the tailnet in without a token where the user wants it, and the release can', () => {
    const allowed = { tailscale: { authSSO: true } };
    expect(view.openclaw).not.toHaveProperty('gateway.auth.allowTailscale');
    const old = rendered(anInstance(withTailscale(), ofOldRelease, withSpec(allowed)));
    expect(old.openclaw).toHaveProperty('gateway.auth.allowTailscale', true);
    expect(old.warned('tailscale/sso')).toEqual([]);
    const own = withConfig({ gateway: { auth: { allowTailscale: false } } });
    expect(rendered(anInstance(withTailscale(allowed.tailscale), own)).openclaw).toHaveProperty('gateway.auth.allowTailscale', false);
    expect(rendered(anInstance(withTailscale(allowed.tailscale))).warned('tailscale/sso')).toHaveLength(1);
    expect(rendered(anInstance(withTailscale({ authSSO: true, mode: 'funnel' }), ofOldRelease)).warned('tailscale/sso')).toHaveLength(1);
  });

  it('reminds of the origin that browsers come with, which only the tailnet knows', () => {
    expect(view.warned('tailscale/origin')[0]?.message).toContain('https://alice.YOUR-TAILNET.ts.net');
    const named = withSpec({ gateway: { controlUiOrigins: ['https://alice.tail1.ts.net'] } });
    expect(rendered(anInstance(withTailscale(), named)).warned('tailscale/origin')).toEqual([]);
  });

  it('comes from the registry of the spec, both times, and warns that its tag moves', () => {
    const mirrored = rendered(anInstance(withTailscale(), withSpec({ registry: 'r.example.com' })));
    for (const name of ['tailscale', 'init-tailscale-bin'])
      expect(mirrored.container(name).image).toBe('r.example.com/tailscale/tailscale:latest');
    expect(view.warned('tailscale/unpinned')).toHaveLength(1);
    expect(rendered(anInstance(withTailscale({ image: { digest: `sha256:${'a'.repeat(64)}` } }))).warned('tailscale/unpinned')).toEqual([]);
  });

  it('has the resources of the API', () => {
    expect(sidecar.resources).toEqual({ requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '200m', memory: '256Mi' } });
  });

  it('refuses a mode that does not exist', () => {
    expect(refused(anInstance(withMistake({ tailscale: { enabled: true, mode: 'public' } })))).toContainEqual(
      expect.objectContaining({ path: 'spec.tailscale.mode' }),
    );
  });
});
