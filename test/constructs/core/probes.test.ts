import { anInstance, rendered, withMistake, withSpec } from '../../builders';
import { kibibytes } from '../../../constructs/wire/kibibytes';

describe('the probes', () => {
  it('T-C1 T-C3 ask over HTTP through the proxy, at no cost of a process', () => {
    expect(rendered(anInstance()).agent).toMatchObject({
      startupProbe: { httpGet: { path: '/healthz', port: 18790 } },
      livenessProbe: { httpGet: { path: '/healthz', port: 18790 } },
      readinessProbe: { httpGet: { path: '/readyz', port: 18790 } },
    });
  });

  it('T-C1 T-C2 ask no port that the gateway opens on the loopback interface only, and run no program of the image', () => {
    const { startupProbe, livenessProbe, readinessProbe } = rendered(anInstance()).agent;
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
      expect(probe).not.toHaveProperty('tcpSocket');
      expect(probe).not.toHaveProperty('exec');
      expect(probe).not.toHaveProperty('httpGet.port', 18789);
    }
  });

  it('ask the gateway itself where there is no proxy', () => {
    const { agent } = rendered(anInstance(withSpec({ gateway: { enabled: false } })));
    expect(agent).toHaveProperty('readinessProbe.httpGet.port', 18789);
    expect(agent).toHaveProperty('livenessProbe.httpGet.port', 18789);
  });

  it('T-C4 give a first start 150 seconds, several times what the slowest release was measured to need', () => {
    const numbers = { initialDelaySeconds: 0, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 30 };
    expect(rendered(anInstance()).agent['startupProbe']).toMatchObject(numbers);
  });

  it('have the numbers of the reference', () => {
    expect(rendered(anInstance()).agent).toMatchObject({
      livenessProbe: { initialDelaySeconds: 30, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
      readinessProbe: { initialDelaySeconds: 5, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
    });
  });

  it('take each number alone', () => {
    const probes = { startup: { failureThreshold: 60 }, liveness: { periodSeconds: 20 } };
    expect(rendered(anInstance(withSpec({ probes }))).agent).toMatchObject({
      startupProbe: { initialDelaySeconds: 0, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 60 },
      livenessProbe: { initialDelaySeconds: 30, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 3 },
    });
  });

  it.each(['startup', 'liveness', 'readiness'] as const)('leave a %s that is switched off away', (name) => {
    const { agent } = rendered(anInstance(withSpec({ probes: { [name]: { enabled: false } } })));
    expect(agent).not.toHaveProperty(`${name}Probe`);
  });

  it('T16 T-C7 take `probes: null` for the default', () => {
    expect(rendered(anInstance(withMistake({ probes: null }))).agent).toHaveProperty('readinessProbe.httpGet.path', '/readyz');
  });
});

describe('the disk guard', () => {
  it('T-C6 asks for readiness and free space, in whole KiB', () => {
    const view = rendered(anInstance(withSpec({ probes: { diskReadiness: { enabled: true, minFree: '1.5Gi' } } })));
    expect(view.agent['readinessProbe']).toMatchObject({
      exec: {
        command: [
          '/bin/sh',
          '/operator-config/disk-readiness.sh',
          '/home/openclaw/.openclaw',
          String(1.5 * 1024 * 1024),
          'http://127.0.0.1:18789/readyz',
        ],
      },
    });
    expect(view.text('alice-config', 'disk-readiness.sh')).toMatch(/^#!\/bin\/sh\nset -eu\n/);
  });

  it('is opt-in: its program is not even there otherwise', () => {
    expect(rendered(anInstance()).find('ConfigMap', 'alice-config')['data']).not.toHaveProperty(['disk-readiness.sh']);
  });

  it.each([
    ['64Mi', 65_536],
    ['1Ki', 1],
    ['1Gi', 1_048_576],
    ['2Ti', 2_147_483_648],
    ['1Pi', 2 ** 40],
    ['1Ei', 2 ** 50],
    ['1k', 1],
    ['64M', 62_500],
    ['1G', 976_563],
    ['1T', 976_562_500],
    ['1P', 976_562_500_000],
    ['1E', 976_562_500_000_000],
    ['1e9', 976_563],
    ['1E3', 1],
    ['1048576', 1024],
    [1_048_576, 1024],
    ['0.5Gi', 524_288],
    ['.5Gi', 524_288],
    ['+1Ki', 1],
    ['1000m', 1],
    ['1e40', Number.MAX_SAFE_INTEGER],
  ])('counts %s as %d KiB', (quantity, expected) => {
    expect(kibibytes(quantity)).toBe(expected);
  });

  it.each(['', 'Mi', '1KB', 'x', '-1Gi'])('takes %j for no quantity', (quantity) => {
    expect(() => kibibytes(quantity)).toThrow('is not a quantity');
  });
});
