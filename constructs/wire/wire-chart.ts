import { ApiObject, Chart } from 'cdk8s';
import { type Manifest, sortManifests } from './manifest';
import { WireObject } from './wire-object';

/**
 * A chart that renders its own objects only, in the order of application.
 *
 * The stock chart looks at the whole app whenever one chart is rendered, at a cost that grows with the square of the charts: use this one
 * for many charts with an `OpenClaw` in each. It is a normal cdk8s chart in everything else. When it holds dependencies, objects of other
 * classes or something that does not validate, it renders as the stock one does.
 */
export class WireChart extends Chart {
  public override toJson(): Manifest[] {
    const objects = ownObjects(this);
    if (objects === undefined) return super.toJson() as Manifest[];
    return sortManifests(objects.map((object) => object.toJson()));
  }

  /** The same at a smaller cost, to be read only: see {@link WireObject.manifest}. */
  public manifests(): Manifest[] {
    const objects = ownObjects(this);
    if (objects === undefined) return super.toJson() as Manifest[];
    return sortManifests(objects.map((object) => object.manifest()));
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
