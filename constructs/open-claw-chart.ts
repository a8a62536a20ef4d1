import { App, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Hosts } from './hosts/hosts';
import type { Manifest } from './wire/manifest';
import { type StackOptions, createStack } from './open-claw-stack';
import type { Instance } from './spec/instance';
import { WireChart } from './wire/wire-chart';

export interface OpenClawChartProps extends Omit<ChartProps, 'namespace'>, StackOptions {
  /** What `resolve` returned. */
  readonly instance: Instance;
}

/** The chart of one instance: all of its objects, in the namespace of the instance. */
export class OpenClawChart extends WireChart {
  /** The shared objects, to which more may be added until synthesis. */
  public readonly hosts: Hosts;

  constructor(scope: Construct, id: string, { instance, parts, hosts, ...props }: OpenClawChartProps) {
    super(scope, id, { ...props, ...(instance.namespace !== undefined && { namespace: instance.namespace }) });
    this.hosts = createStack(this, instance, { parts, hosts });
  }
}

/** The construct's own name, which no user text can meet: an instance may be called `constructor`, and a construct cannot. */
const CHART_ID = 'instance';

/**
 * The manifests of one instance, in the order of application: the same bytes on a laptop, in CI and in the controller. They are to be read
 * only: fragments of the instance are in them as they are, not as copies.
 *
 * @param options.hosts those of the resolution, which need not be filled again
 */
export function render(instance: Instance, options: StackOptions = {}): Manifest[] {
  return new OpenClawChart(new App(), CHART_ID, { instance, ...options }).manifests();
}
