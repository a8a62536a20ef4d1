import { App, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Hosts } from './hosts/hosts';
import type { Manifest } from './wire/manifest';
import { createStack } from './open-claw-stack';
import type { Part } from './part';
import type { Instance } from './spec/instance';
import { WireChart } from './wire/wire-chart';

export interface OpenClawChartProps extends Omit<ChartProps, 'namespace'> {
  /** What `resolve` returned. */
  readonly instance: Instance;
  /** @default - all registered parts */
  readonly parts?: readonly Part[];
}

/** The chart of one instance: all of its objects, in the namespace of the instance. */
export class OpenClawChart extends WireChart {
  /** The shared objects, to which more may be added until synthesis. */
  public readonly hosts: Hosts;

  constructor(scope: Construct, id: string, { instance, parts, ...props }: OpenClawChartProps) {
    super(scope, id, { ...props, ...(instance.namespace !== undefined && { namespace: instance.namespace }) });
    this.hosts = createStack(this, instance, parts);
  }
}

/**
 * The manifests of one instance, in the order of application: the same bytes on a laptop, in CI and in the controller.
 *
 * @param parts those that the instance was resolved with. @default - all registered parts
 */
export function render(instance: Instance, parts?: readonly Part[]): Manifest[] {
  return new OpenClawChart(new App(), instance.name, { instance, ...(parts && { parts }) }).toJson();
}
