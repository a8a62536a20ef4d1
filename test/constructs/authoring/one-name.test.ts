import { App, Chart } from 'cdk8s';
import { OpenClaw } from '../../../constructs';

const SPEC = { image: { tag: '2026.9.6' } };

describe('T-R26 two instances of one name', () => {
  test('in one chart are an error that names both', () => {
    const chart = new Chart(new App(), 'assistants', { namespace: 'team-a' });
    new OpenClaw(chart, 'first', { ...SPEC, name: 'alice' });
    expect(() => new OpenClaw(chart, 'second', { ...SPEC, name: 'alice' })).toThrow(
      'OpenClaw "assistants/second" cannot be rendered:\n  metadata.name: "alice" is the name of OpenClaw "assistants/first" too: names must differ in one namespace',
    );
  });

  test('are fine in two namespaces of a chart, and in two charts, which may be for two clusters', () => {
    const app = new App();
    const [staging, production] = ['staging', 'production'].map((id) => new Chart(app, id, { namespace: 'team-a' }));
    const made = [
      new OpenClaw(staging!, 'alice', SPEC),
      new OpenClaw(staging!, 'other', { ...SPEC, name: 'alice', namespace: 'team-b' }),
      new OpenClaw(production!, 'alice', SPEC),
    ];
    expect(made.map(({ name }) => name)).toEqual(['alice', 'alice', 'alice']);
  });
});
