import { render, resolve } from '../../constructs';
import { idOf } from '../../constructs/wire/object-ref';
import { features } from '../../constructs/features';
import { issueText, Rendered } from '../builders';
import { type Pair, pairs } from './feature-pairs';

const all = pairs();

/** What the API refuses: those that it says itself exclude each other. */
const EXCLUDED = /exclude each other|cannot serve several replicas/;

/** Values that stand more than once. */
function twice(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

/** Everything of a rendered instance that stands twice and may stand once. */
function doubles({ example }: Pair, resolution: Extract<ReturnType<typeof resolve>, { ok: true }>): string[] {
  const view = new Rendered(resolution.instance, resolution.warnings, resolution.references);
  const { pod, containers } = view;
  const ports = (view.spec('Service')['ports'] ?? []) as { name: string; port: number }[];
  const templates = (view.spec('StatefulSet')['volumeClaimTemplates'] ?? []) as { metadata: { name: string } }[];
  const volumes = [...pod.volumes.map(({ name }) => name), ...templates.map(({ metadata }) => metadata.name)];
  const lists: Record<string, readonly string[]> = {
    object: view.manifests.map(idOf),
    container: containers.map(({ name }) => name),
    volume: volumes,
    'port of the Service': ports.flatMap(({ name, port }) => [name, String(port)]),
    'port of the pod': containers.flatMap(({ ports: own = [] }) => own.map(({ containerPort }) => String(containerPort))),
    'name of a port': containers.flatMap(({ ports: own = [] }) => own.map(({ name }) => name)),
  };
  for (const { name, env = [], volumeMounts = [] } of containers) {
    lists[`variable of ${name}`] = env.map((one) => one.name);
    lists[`mount of ${name}`] = volumeMounts.map(({ mountPath }) => mountPath);
  }
  const missing = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name)).filter((name) => !volumes.includes(name));
  return [
    ...Object.entries(lists).flatMap(([what, values]) => twice(values).map((value) => `${example.name}: ${what} ${value}`)),
    ...missing.map((name) => `${example.name}: no volume ${name}`),
  ];
}

describe('every two features, and each with what changes the pod around it', () => {
  it('are all looked at', () => {
    const { length } = features;
    expect(all).toHaveLength((length * (length - 1)) / 2 + length * 5);
    expect(length).toBeGreaterThan(5);
  });

  it('are rendered, and nothing of them stands twice or is missing', () => {
    const found = all.flatMap((pair) => {
      const resolution = resolve(pair.example.instance, pair.example.facts);
      if (resolution.ok) return doubles(pair, resolution).map((text) => `${pair.name}: ${text}`);
      const issues = resolution.issues.filter(({ severity }) => severity === 'error').map(issueText);
      return issues.every((text) => EXCLUDED.test(text)) ? [] : issues.map((text) => `${pair.name}: ${text}`);
    });
    expect(found).toEqual([]);
  });

  it('are refused only where the API says so: an autoscaler with no pods, or with one claim', () => {
    const refused = all.filter(({ example }) => !resolve(example.instance, example.facts).ok).map(({ name }) => name);
    expect(refused.toSorted()).toEqual(['autoscaling with an existing claim', 'autoscaling with suspended']);
  });

  it('give the same bytes a second time', () => {
    const [pair] = all;
    const again = () => {
      const resolution = resolve(pair!.example.instance, pair!.example.facts);
      return resolution.ok ? JSON.stringify(render(resolution.instance)) : '';
    };
    expect(again()).toBe(again());
    expect(again().length).toBeGreaterThan(1000);
  });
});
