import { ApiObject, App, Chart, type ChartProps } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Hosts } from './hosts';
import { type Manifest, sortManifests } from './manifest';
import type { Part } from './part';
import { createStack } from './open-claw-stack';
import type { Instance } from './spec/instance';
import { WireObject } from './wire-object';

export interface OpenClawChartProps extends Omit<ChartProps, 'namespace'> {
  /** What `resolve` returned. */
  readonly instance: Instance;
  /** @default - all registered parts */
  readonly parts?: readonly Part[];
}

/**
 * The chart of one instance: all of its objects.
 *
 * It is a normal cdk8s chart. `toJson` renders its own objects only, in a fixed order, where the stock one looks at the whole app for every
 * chart, at a cost that grows with the square of the charts. When a user added dependencies or objects of other classes, it is the stock one.
 */
export class OpenClawChart extends Chart {
  /** The shared objects, to which more may be added until synthesis. */
  public readonly hosts: Hosts;

  constructor(scope: Construct, id: string, { instance, parts, ...props }: OpenClawChartProps) {
    super(scope, id, { ...props, ...(instance.namespace !== undefined && { namespace: instance.namespace }) });
    this.hosts = createStack(this, instance, parts);
  }

  public override toJson(): Manifest[] {
    const objects = ownObjects(this);
    if (objects === undefined) return super.toJson() as Manifest[];
    return sortManifests(objects.map((object) => object.toJson()));
  }
}

/** The objects of a chart that has nothing but ours in it; `undefined` when something of a user's needs the stock order and validation. */
function ownObjects(chart: Chart): WireObject[] | undefined {
  const objects: WireObject[] = [];
  for (const construct of chart.node.findAll()) {
    if (construct.node.dependencies.length > 0 || construct.node.validate().length > 0) return undefined;
    if (construct instanceof WireObject) objects.push(construct);
    else if (ApiObject.isApiObject(construct) || (Chart.isChart(construct) && construct !== chart)) return undefined;
  }
  return objects;
}

/** The manifests of one instance, in the order of application: the same bytes on a laptop, in CI and in the controller. */
export function render(instance: Instance): Manifest[] {
  return new OpenClawChart(new App(), instance.name, { instance }).toJson();
}
