import { App, Chart, type ChartProps, Testing } from 'cdk8s';
import type { Manifest } from '../../../constructs';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly resources?: object;
  readonly [field: string]: unknown;
}

interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly object[];
}

/** A chart of a user, in an App that writes nothing. */
export function newChart(props: ChartProps = { namespace: 'team-a' }, app = new App()): Chart {
  return new Chart(app, 'chart', props);
}

/** The one object of this kind and name in what the chart synthesizes. */
export function objectOf(chart: Chart, kind: string, name: string): Manifest {
  const found = (Testing.synth(chart) as Manifest[]).filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  const [object] = found;
  if (object === undefined || found.length > 1) throw new Error(`${found.length} objects are ${kind} ${name}`);
  return object;
}

/** The pod of an instance. */
export function podOf(chart: Chart, name: string): PodSpec {
  return (objectOf(chart, 'StatefulSet', name) as unknown as { spec: { template: { spec: PodSpec } } }).spec.template.spec;
}
