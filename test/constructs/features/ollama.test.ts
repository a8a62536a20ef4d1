import { anInstance, refused, rendered, withConfig, withOllama, withSpec } from '../../builders';

describe('ollama', () => {
  const view = rendered(anInstance(withOllama({ models: ['llama3.2', 'qwen3:8b'] })));

  it('is absent by default, with everything of it', () => {
    expect(JSON.stringify(rendered(anInstance()).manifests)).not.toMatch(/ollama/i);
  });

  it('T-I2 runs without rights: no root, a read-only root file system, models on a volume', () => {
    for (const name of ['ollama', 'init-ollama']) {
      expect(view.container(name)).toMatchObject({
        image: 'docker.io/ollama/ollama:latest',
        securityContext: {
          runAsUser: 1000,
          runAsGroup: 1000,
          runAsNonRoot: true,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
        },
        resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '2', memory: '4Gi' } },
      });
      expect(view.env(name)).toMatchObject({ HOME: '/ollama', OLLAMA_HOST: '127.0.0.1:11434' });
      expect(view.mount(name, 'ollama-models')).toEqual({ name: 'ollama-models', mountPath: '/ollama/.ollama' });
      expect(view.mount(name, 'ollama-tmp')).toEqual({ name: 'ollama-tmp', mountPath: '/tmp' });
    }
  });

  it('T-I1 pulls its models with a program that waits and fails, one model a line', () => {
    const init = view.container('init-ollama');
    expect(init.command).toEqual(['/bin/sh', '/operator-config/ollama-pull-models.sh']);
    expect(view.env('init-ollama')).toHaveProperty('OLLAMA_PULL', 'llama3.2\nqwen3:8b');
    expect(view.text('alice-config', 'ollama-pull-models.sh')).toMatch(/^#!\/bin\/sh\nset -eu\n/);
  });

  it('pulls nothing when no model is named', () => {
    const none = rendered(anInstance(withOllama()));
    expect(none.containers.map(({ name }) => name)).not.toContain('init-ollama');
    expect(none.find('ConfigMap', 'alice-config')['data']).not.toHaveProperty(['ollama-pull-models.sh']);
    expect(none.openclaw).not.toHaveProperty('models');
  });

  it('is found by the application: a key in the environment, and its models in openclaw.json', () => {
    expect(view.env()).toMatchObject({ OLLAMA_HOST: 'http://127.0.0.1:11434', OLLAMA_API_KEY: 'ollama-local' });
    expect(view.openclaw).toHaveProperty('models.providers.ollama', {
      baseUrl: 'http://127.0.0.1:11434',
      apiKey: 'ollama-local',
      api: 'ollama',
      models: [
        { id: 'llama3.2', name: 'llama3.2' },
        { id: 'qwen3:8b', name: 'qwen3:8b' },
      ],
    });
  });

  it('leaves what the user wrote of the provider', () => {
    const { openclaw } = rendered(
      anInstance(withOllama({ models: ['a'] }), withConfig({ models: { providers: { ollama: { models: [] } } } })),
    );
    expect(openclaw).toHaveProperty('models.providers.ollama.models', []);
  });

  it('serves the pod only: neither the Service nor the NetworkPolicy knows its port', () => {
    expect(JSON.stringify([view.spec('Service'), view.spec('NetworkPolicy')])).not.toContain('11434');
  });

  it('gets GPUs, as many in requests as in limits', () => {
    expect(rendered(anInstance(withOllama({ gpu: 2 }))).container('ollama').resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi', 'nvidia.com/gpu': 2 },
      limits: { cpu: '2', memory: '4Gi', 'nvidia.com/gpu': 2 },
    });
    expect(JSON.stringify(rendered(anInstance(withOllama({ gpu: 0 }))).pod)).not.toContain('nvidia');
  });

  it('keeps its models in a folder with a limit, or in a claim of the user, which has to exist', () => {
    expect(view.volume('ollama-models')).toEqual({ name: 'ollama-models', emptyDir: { sizeLimit: '20Gi' } });
    const claimed = rendered(anInstance(withOllama({ storage: { existingClaim: 'models' } })));
    expect(claimed.volume('ollama-models')).toEqual({ name: 'ollama-models', persistentVolumeClaim: { claimName: 'models' } });
    expect(claimed.references).toContainEqual(expect.objectContaining({ kind: 'PersistentVolumeClaim', name: 'models' }));
  });

  it('comes from the registry of the spec, both times', () => {
    const mirrored = rendered(anInstance(withOllama({ models: ['a'] }), withSpec({ registry: 'r.example.com' })));
    expect([mirrored.container('ollama').image, mirrored.container('init-ollama').image]).toEqual(
      Array.from({ length: 2 }, () => 'r.example.com/ollama/ollama:latest'),
    );
  });

  it.each(['-rf', 'a b', '$(id)', 'a;b', ''])('refuses a model named %j', (model) => {
    expect(refused(anInstance(withOllama({ models: [model] })))).toContainEqual(expect.objectContaining({ path: 'spec.ollama.models[0]' }));
  });

  it('warns that its tag moves', () => {
    expect(view.warned('ollama/unpinned')).toHaveLength(1);
    expect(rendered(anInstance(withOllama({ image: { digest: `sha256:${'a'.repeat(64)}` } }))).warnings).toEqual([]);
  });
});
