import { anInstance, rendered, withCaBundle, withSpec } from '../../builders';

const withDeps = (runtimeDeps: { pnpm?: boolean; python?: boolean }) => withSpec({ runtimeDeps });
const view = rendered(anInstance(withDeps({ pnpm: true, python: true })));

const names = (deps: object): string[] => rendered(anInstance(withDeps(deps))).pod.initContainers.map(({ name }) => name);

describe('runtime dependencies', () => {
  it('are absent by default, with everything of them', () => {
    expect(JSON.stringify(rendered(anInstance()).manifests)).not.toMatch(/pnpm|python|runtime-tools/);
  });

  it('T-G6 are the first that the agent finds, and it cannot change them', () => {
    expect(view.env()['PATH']).toMatch(/^\/runtime-tools:/);
    expect(view.mount('openclaw', 'runtime-tools')).toEqual({ name: 'runtime-tools', mountPath: '/runtime-tools', readOnly: true });
    expect(view.volume('runtime-tools')).toEqual({ name: 'runtime-tools', emptyDir: {} });
  });

  it('T-G4 bring pnpm itself, and no shim that fetches it when it is run', () => {
    expect(JSON.parse(view.text('alice-config', 'pnpm-plan.json'))).toMatchObject({
      prefix: '/home/openclaw/.local',
      entries: [
        {
          kind: 'npm',
          name: expect.stringMatching(/^pnpm@\d+\.\d+\.\d+$/),
          links: [
            { program: 'pnpm', at: '/runtime-tools/pnpm' },
            { program: 'pnpx', at: '/runtime-tools/pnpx' },
          ],
        },
      ],
    });
    expect(view.mount('init-pnpm', 'runtime-tools')).not.toHaveProperty('readOnly');
  });

  it('T-G3 bring Python with uv, from the image of uv, without rights, kept on the volume', () => {
    expect(view.container('init-python')).toMatchObject({
      image: 'ghcr.io/astral-sh/uv:0.6-bookworm-slim',
      imagePullPolicy: 'IfNotPresent',
      command: ['/bin/sh', '/operator-config/install-python.sh'],
      securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true },
    });
    expect(view.env('init-python')).toMatchObject({
      PYTHON_VERSION: '3.12',
      PYTHON_FOLDER: '/home/openclaw/.local/lib/openclaw-python',
      TOOLS: '/runtime-tools',
      HOME: '/tmp',
    });
    expect(view.env()).toHaveProperty('UV_LINK_MODE', 'copy');
  });

  it('come one by one', () => {
    expect(names({ pnpm: true })).toEqual(['init-config', 'init-workspace', 'init-pnpm']);
    expect(names({ python: true })).toEqual(['init-config', 'init-workspace', 'init-python']);
    expect(names({ pnpm: false })).toEqual(['init-config', 'init-workspace']);
  });

  it("T-I5 trust the company, and come from the spec's registry", () => {
    const given = rendered(anInstance(withDeps({ python: true }), withCaBundle, withSpec({ registry: 'r.example.com' })));
    expect(given.env('init-python')).toHaveProperty('NODE_EXTRA_CA_CERTS', '/etc/ssl/certs/custom-ca-bundle.crt');
    expect(given.container('init-python').image).toBe('r.example.com/astral-sh/uv:0.6-bookworm-slim');
  });
});
