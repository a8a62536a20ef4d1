import { anInstance, rendered, withConfig, withSpec } from '../../builders';

const withPlugins = withSpec({ plugins: ['npm:@acme/greeter', '@acme/notes'] });
const view = rendered(anInstance(withPlugins));

describe('plugins', () => {
  it('are absent by default, with everything of them', () => {
    expect(rendered(anInstance()).containers.map(({ name }) => name)).not.toContain('init-plugins');
  });

  it("T-F13 are installed by the application's own installer, from npm where they say so", () => {
    expect(JSON.parse(view.text('alice-config', 'plugins-plan.json'))).toMatchObject({
      application: '/app/openclaw.mjs',
      name: 'plugins',
      entries: [
        { kind: 'plugin', name: 'clawhub:@acme/notes' },
        { kind: 'plugin', name: 'npm:@acme/greeter' },
      ],
    });
    expect(view.env('init-plugins')).toMatchObject({ HOME: '/tmp', NPM_CONFIG_IGNORE_SCRIPTS: 'true' });
    expect(view.volume('plugins-tmp')).toEqual({ name: 'plugins-tmp', emptyDir: {} });
  });

  it('stand behind skills, with which they share a program', () => {
    const both = rendered(anInstance(withPlugins, withSpec({ skills: ['plain'] })));
    const names = both.pod.initContainers.map(({ name }) => name);
    expect(names.slice(-2)).toEqual(['init-skills', 'init-plugins']);
  });

  it('are told of where the config does not load them', () => {
    const off = rendered(anInstance(withPlugins, withConfig({ plugins: { enabled: false } })));
    expect(off.warned('plugins/switched-off')).toHaveLength(1);
    expect(view.warned('plugins/switched-off')).toEqual([]);
  });
});
