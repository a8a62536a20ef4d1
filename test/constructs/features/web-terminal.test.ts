import type { OpenClawInstanceSpec } from '../../../constructs';
import { anInstance, rendered, withSpec } from '../../builders';

function withTerminal(webTerminal: OpenClawInstanceSpec['webTerminal'] = {}) {
  return withSpec({ webTerminal: { enabled: true, ...webTerminal } });
}

const credential = { secretRef: { name: 'password' } };

describe('web terminal', () => {
  const open = rendered(anInstance(withTerminal()));
  const closed = rendered(anInstance(withTerminal({ credential })));

  it('is absent by default, with everything of it', () => {
    expect(JSON.stringify(rendered(anInstance()).manifests)).not.toMatch(/terminal|ttyd|7681/i);
  });

  it('T-I3 takes keys unless it is to be looked at only, and then cannot write to the volume either', () => {
    expect(open.container('web-terminal').command).toEqual(['ttyd', '--port', '7681', '--check-origin', '--writable', 'sh']);
    expect(open.mount('web-terminal', 'data')).toEqual({
      name: 'data',
      mountPath: '/home/openclaw/.openclaw',
      subPath: '.openclaw',
    });
    const readOnly = rendered(anInstance(withTerminal({ readOnly: true })));
    expect(readOnly.container('web-terminal').command).toEqual(['ttyd', '--port', '7681', '--check-origin', 'sh']);
    expect(readOnly.mount('web-terminal', 'data')).toHaveProperty('readOnly', true);
  });

  it('T-I4 has its password in no argument and no environment: a proxy asks for it, and the terminal listens behind that alone', () => {
    expect(closed.pod.containers.map(({ name }) => name)).toEqual([
      'openclaw',
      'gateway-proxy',
      'web-terminal',
      'web-terminal-proxy',
      'otel-collector',
    ]);
    expect(closed.container('web-terminal').command).toEqual(expect.arrayContaining(['--interface', '127.0.0.1', '--port', '7682']));
    expect(JSON.stringify(closed.containers.map(({ env, command, args }) => [env, command, args]))).not.toMatch(/secretKeyRef.*password/);
    const bearers = closed.containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === 'web-terminal-credential'));
    expect(bearers.map(({ name }) => name)).toEqual(['web-terminal-proxy']);
    expect(closed.volume('web-terminal-credential')).toMatchObject({ secret: { secretName: 'password' } });
    expect(closed.volume('web-terminal-proxy-tmp')).toMatchObject({ emptyDir: { medium: 'Memory' } });
    expect(closed.container('web-terminal-proxy').securityContext['runAsUser']).toBe(101);
    expect(closed.text('alice-config', 'web-terminal-nginx.conf')).toContain('proxy_pass http://127.0.0.1:7682;');
  });

  it('is reached through the Service and past the NetworkPolicy, on one port either way', () => {
    for (const [view, bearer] of [
      [open, 'web-terminal'],
      [closed, 'web-terminal-proxy'],
    ] as const) {
      const port = { name: 'web-terminal', containerPort: 7681, protocol: 'TCP' };
      expect(view.containers.filter(({ ports = [] }) => ports.some(({ name }) => name === port.name)).map(({ name }) => name)).toEqual([
        bearer,
      ]);
      expect(view.spec('Service')['ports']).toContainEqual({ name: 'web-terminal', port: 7681, targetPort: 7681, protocol: 'TCP' });
      expect(JSON.stringify(view.spec('NetworkPolicy')['ingress'])).toContain('"port":7681');
    }
  });

  it('works on the files of the agent, as the agent does, and has no more rights', () => {
    expect(open.container('web-terminal')).toMatchObject({
      image: 'docker.io/tsl0922/ttyd:latest',
      workingDir: '/home/openclaw/.openclaw',
      securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } },
    });
    expect(open.container('web-terminal').securityContext).not.toHaveProperty('runAsUser');
    const other = withSpec({ security: { containerSecurityContext: { runAsUser: 1234 } } });
    expect(rendered(anInstance(withTerminal(), other)).container('web-terminal').securityContext).toHaveProperty('runAsUser', 1234);
    expect(open.mount('web-terminal', 'web-terminal-tmp')).toEqual({ name: 'web-terminal-tmp', mountPath: '/tmp' });
  });

  it('needs its Secret, and a new password rolls the pod', () => {
    expect(closed.references).toContainEqual(
      expect.objectContaining({ kind: 'Secret', name: 'password', keys: ['username', 'password'], rollsPod: true }),
    );
  });

  it('warns where it asks for no password, and that its tag moves', () => {
    expect(open.warned('web-terminal/open')[0]?.message).toContain('has a shell');
    expect(rendered(anInstance(withTerminal({ readOnly: true }))).warned('web-terminal/open')[0]?.message).toContain('looks at');
    expect(closed.warnings.map(({ rule }) => rule)).toEqual(['web-terminal/unpinned']);
    const pinned = withTerminal({ credential, image: { digest: `sha256:${'a'.repeat(64)}` } });
    expect(rendered(anInstance(pinned)).warnings).toEqual([]);
  });

  it('comes from the registry of the spec, with its proxy', () => {
    const mirrored = rendered(anInstance(withTerminal({ credential }), withSpec({ registry: 'r.example.com' })));
    expect(mirrored.container('web-terminal').image).toBe('r.example.com/tsl0922/ttyd:latest');
    expect(mirrored.container('web-terminal-proxy').image).toBe('r.example.com/nginx:1.27-alpine');
  });
});
