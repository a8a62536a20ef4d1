import { anInstance, ofOldRelease, rendered, withCaBundle, withChromium, withConfig, withSpec } from '../../builders';
import { mergeFlags } from '../../../constructs/features/chromium/flags';

const CDP = 'http://127.0.0.1:9222';
const BROWSERLESS = { repository: 'ghcr.io/browserless/chromium', tag: 'v2' };

/** Where the browser's port is told to be open. */
const exposed = (networking: object, networkPolicy: object) =>
  rendered(anInstance(withChromium(), withSpec({ networking, security: { networkPolicy } })))
    .warnings.filter(({ rule }) => rule === 'chromium/exposed')
    .map(({ path }) => path);

describe('chromium', () => {
  const view = rendered(anInstance(withChromium()));
  const browser = view.container('chromium');

  it('is absent by default, with everything of it', () => {
    const without = rendered(anInstance());
    expect(JSON.stringify(without.manifests)).not.toMatch(/chrom|9222|cdp/i);
  });

  it("T-E1 answers on port 9222, which is nobody else's", () => {
    expect(browser.ports).toEqual([{ name: 'cdp', containerPort: 9222, protocol: 'TCP' }]);
    expect(view.env('chromium')).toMatchObject({ CDP_PORT: '9222' });
    expect(view.env()).toHaveProperty('OPENCLAW_CHROMIUM_CDP', CDP);
  });

  it('T-E2 has a command and arguments both, so that arguments never take the place of a command', () => {
    expect(browser.command).toEqual(['/bin/sh', '/operator-config/start-headless-shell.sh']);
    expect(browser.args?.[0]).toBe('--no-sandbox');
    const custom = rendered(anInstance(withChromium({ image: BROWSERLESS, extraArgs: ['--x'] }))).container('chromium');
    expect(custom).not.toHaveProperty('command');
    expect(custom).not.toHaveProperty('args');
  });

  it('T-E3 is plain Chrome with real arguments: each of the user arrives whole, one of the same name replaces ours', () => {
    expect(mergeFlags([])).toEqual([
      '--no-sandbox',
      '--disable-gpu',
      '--disable-software-rasterizer',
      '--disable-blink-features=AutomationControlled',
      '--disable-features=AutomationControlled',
      '--no-first-run',
      '--disable-oom-score-adj',
    ]);
    const merged = mergeFlags(['--disable-features=Translate', '--user-agent=My Agent "1"', '--lang=a', '--lang=b']);
    expect(merged.slice(4)).toEqual([
      '--disable-features=Translate',
      '--no-first-run',
      '--disable-oom-score-adj',
      '--user-agent=My Agent "1"',
      '--lang=b',
    ]);
  });

  it('T-E3 warns that another image may not read its arguments', () => {
    const other = rendered(anInstance(withChromium({ image: BROWSERLESS, extraArgs: ['--mute-audio'] })));
    expect(other.env('chromium')).toMatchObject({ PORT: '9222', DEFAULT_LAUNCH_ARGS: '["--mute-audio"]' });
    expect(other.warned('chromium/extra-args')).toEqual([expect.objectContaining({ path: 'spec.chromium.extraArgs' })]);
    expect(rendered(anInstance(withChromium({ extraArgs: ['--mute-audio'] }))).warned('chromium/extra-args')).toEqual([]);
  });

  it.each([
    ['the default', {}, 65534],
    ['a mirror of it', { repository: 'mirror.example.com/chromedp/headless-shell' }, 65534],
    ['browserless', BROWSERLESS, 999],
    ['an unknown one', { repository: 'example.com/notchromedp/headless-shell', tag: '1' }, undefined],
  ])('T-E4 runs %s image as the user that it was made for, with a writable root and HOME', (_what, image, user) => {
    const container = rendered(anInstance(withChromium({ image }))).container('chromium');
    expect(container.securityContext['runAsUser']).toBe(user);
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: false, runAsNonRoot: true, allowPrivilegeEscalation: false });
    expect(view.env('chromium')).toMatchObject({ HOME: '/tmp' });
  });

  it('T-E5 has one GiB of shared memory', () => {
    expect(view.volume('chromium-shm')).toEqual({ name: 'chromium-shm', emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } });
    expect(view.mount('chromium', 'chromium-shm')).toEqual({ name: 'chromium-shm', mountPath: '/dev/shm' });
    expect(browser.resources).toEqual({ requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '1', memory: '2Gi' } });
  });

  it('T-E6 is reached at the loopback address, and the application never starts a browser of its own', () => {
    expect(view.openclaw['browser']).toEqual({
      enabled: true,
      attachOnly: true,
      defaultProfile: 'default',
      profiles: { default: { cdpUrl: CDP }, chrome: { cdpUrl: CDP } },
    });
  });

  it('T-E7 is a native sidecar with a startup probe, and its Service knows it before the pod is ready', () => {
    expect(browser['restartPolicy']).toBe('Always');
    expect(view.pod.initContainers.at(-1)?.name).toBe('chromium');
    expect(view.spec('Service', 'alice-cdp')).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
  });

  it('T-E8 has the same number on both sides of the headless Service', () => {
    expect(view.spec('Service', 'alice-cdp')['ports']).toEqual([{ name: 'cdp', port: 9222, targetPort: 9222, protocol: 'TCP' }]);
    expect(view.spec('Service')['ports']).toContainEqual({ name: 'chromium', port: 9222, targetPort: 9222, protocol: 'TCP' });
  });

  it('T-E9 has no proxy in front of it, and browserless is not the default', () => {
    expect(browser.image).toBe('docker.io/chromedp/headless-shell:stable');
    expect(view.text('alice-config', 'nginx.conf')).not.toContain('9222');
  });

  it('T-E10 bridges the loopback port to the address of the pod, for the known image only', () => {
    expect(view.text('alice-config', 'start-headless-shell.sh')).toContain('socat');
    expect(view.mount('chromium', 'config')).toEqual({ name: 'config', mountPath: '/operator-config', readOnly: true });
    const custom = rendered(anInstance(withChromium({ image: BROWSERLESS })));
    expect(custom.find('ConfigMap', 'alice-config')['data']).not.toHaveProperty(['start-headless-shell.sh']);
    expect(custom.container('chromium').volumeMounts.map(({ name }) => name)).not.toContain('config');
  });

  it.each([
    [{}, 'docker.io/chromedp/headless-shell:stable'],
    [{ tag: '131' }, 'docker.io/chromedp/headless-shell:131'],
    [{ repository: 'mirror.example.com/chromedp/headless-shell' }, 'mirror.example.com/chromedp/headless-shell:stable'],
    [{ repository: 'ghcr.io/browserless/chromium' }, 'ghcr.io/browserless/chromium:latest'],
    [{ digest: `sha256:${'a'.repeat(64)}` }, `docker.io/chromedp/headless-shell@sha256:${'a'.repeat(64)}`],
  ])('T-E11 with image %j is %s: nothing is stored as a default, nothing of the user rewritten', (image, expected) => {
    expect(rendered(anInstance(withChromium({ image }))).container('chromium').image).toBe(expected);
  });

  it('T-E12 has five seconds to answer its startup probe', () => {
    expect(browser['startupProbe']).toEqual({
      httpGet: { path: '/json/version', port: 9222 },
      initialDelaySeconds: 1,
      periodSeconds: 2,
      timeoutSeconds: 5,
      failureThreshold: 15,
    });
  });

  it('T-E13 answers to both profile names that models ask for', () => {
    expect(view.openclaw).toHaveProperty('browser.profiles.chrome.cdpUrl', CDP);
    expect(view.openclaw).toHaveProperty('browser.profiles.default.cdpUrl', CDP);
  });

  it('T-B7 has keys that the release knows: color and time-out before 2026.8, neither later', () => {
    const old = rendered(anInstance(withChromium(), ofOldRelease)).openclaw;
    expect(old).toHaveProperty('browser.remoteCdpTimeoutMs', 30_000);
    expect(old).toHaveProperty('browser.profiles.default', { cdpUrl: CDP, color: '#4285F4' });
    expect(JSON.stringify(view.openclaw)).not.toMatch(/color|remoteCdpTimeoutMs|"attachOnly":true.*"attachOnly"/);
  });

  it('leaves what the user wrote of the browser, a profile with a port of its own included', () => {
    const profiles = { default: { cdpPort: 18800 }, mine: { cdpUrl: 'http://far:1' } };
    const { openclaw } = rendered(anInstance(withChromium(), withConfig({ browser: { attachOnly: false, profiles } })));
    expect(openclaw['browser']).toMatchObject({ attachOnly: false, profiles: { ...profiles, chrome: { cdpUrl: CDP } } });
    expect(openclaw).not.toHaveProperty('browser.profiles.default.cdpUrl');
  });

  it('T-A11 holds no variable twice: one of the user replaces ours', () => {
    const extraEnv = [
      { name: 'HOME', value: '/chromium-data' },
      { name: 'TZ', value: 'UTC' },
    ];
    expect(rendered(anInstance(withChromium({ extraEnv }))).container('chromium').env).toEqual([
      { name: 'CDP_PORT', value: '9222' },
      ...extraEnv,
    ]);
  });

  it('asks for the Secrets of its variables', () => {
    const extraEnv = [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }];
    expect(rendered(anInstance(withChromium({ extraEnv }))).references).toContainEqual(
      expect.objectContaining({ kind: 'Secret', name: 'keys', path: 'spec.chromium.extraEnv[0]', keys: ['k'] }),
    );
  });

  it('warns that Chrome does not read the CA bundle, and that a tag moves', () => {
    const warned = rendered(anInstance(withChromium(), withCaBundle));
    expect(warned.warned('chromium/ca-bundle')).toHaveLength(1);
    expect(warned.warned('chromium/unpinned')).toHaveLength(1);
    expect(rendered(anInstance(withChromium({ image: { digest: `sha256:${'a'.repeat(64)}` } }))).warnings).toEqual([]);
  });
});

describe('the profile of chromium', () => {
  it('is gone with the pod by default', () => {
    expect(rendered(anInstance(withChromium())).volume('chromium-data')).toEqual({ name: 'chromium-data', emptyDir: {} });
  });

  it('is kept in a claim of its own, which the browser is told of', () => {
    const view = rendered(anInstance(withChromium({ persistence: { enabled: true, size: '2Gi', storageClass: 'fast' } })));
    expect(view.spec('PersistentVolumeClaim', 'alice-chromium-data')).toEqual({
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '2Gi' } },
      storageClassName: 'fast',
    });
    expect(view.volume('chromium-data')).toEqual({ name: 'chromium-data', persistentVolumeClaim: { claimName: 'alice-chromium-data' } });
    expect(view.container('chromium').args?.at(-1)).toBe('--user-data-dir=/chromium-data');
    expect(view.mount('chromium', 'chromium-data')).toEqual({ name: 'chromium-data', mountPath: '/chromium-data' });
  });

  it('T-K2 is kept in a claim of the user, which has to exist', () => {
    const view = rendered(anInstance(withChromium({ persistence: { enabled: true, existingClaim: 'mine' } })));
    expect(view.has('PersistentVolumeClaim', 'alice-chromium-data')).toBe(false);
    expect(view.references).toContainEqual(
      expect.objectContaining({ kind: 'PersistentVolumeClaim', name: 'mine', path: 'spec.chromium.persistence.existingClaim' }),
    );
  });

  it('lies where the user says, if the user says so', () => {
    const extraArgs = ['--user-data-dir=/tmp/mine'];
    const { args } = rendered(anInstance(withChromium({ extraArgs, persistence: { enabled: true } }))).container('chromium');
    expect(args?.filter((flag) => flag.startsWith('--user-data-dir'))).toEqual(extraArgs);
  });

  it('comes from the registry of the spec', () => {
    expect(rendered(anInstance(withChromium(), withSpec({ registry: 'r.example.com' }))).container('chromium').image).toBe(
      'r.example.com/chromedp/headless-shell:stable',
    );
  });

  describe('a debugging port without a password', () => {
    const clients = { allowedIngressCIDRs: ['203.0.113.0/24'] };

    it.each([
      ['a LoadBalancer whose clients are named', { type: 'LoadBalancer' }, clients, 'spec.networking.service.type'],
      ['a NodePort without a NetworkPolicy', { type: 'NodePort' }, { enabled: false }, 'spec.networking.service.type'],
      [
        'a port of the user',
        { type: 'NodePort', ports: [{ name: 'b', port: 80, targetPort: 9222 }] },
        clients,
        'spec.networking.service.ports',
      ],
    ])('is warned of behind %s', (_what, service, policy, path) => {
      expect(exposed({ service }, policy)).toEqual([path]);
    });

    it.each([
      ['inside the cluster', {}, clients],
      ['where the NetworkPolicy lets nobody in', { type: 'LoadBalancer' }, {}],
      [
        'where the Service does not lead to it',
        { type: 'LoadBalancer', ports: [{ name: 'gateway', port: 80, targetPort: 18790 }] },
        clients,
      ],
    ])('is not warned of %s', (_what, service, policy) => {
      expect(exposed({ service }, policy)).toEqual([]);
    });
  });
});
