/** A plan in a few lines: which objects change, in which respect, and what that may cost. Values are in the plan itself. */
import { refText } from '../wire/object-ref';
import type { FieldChange, InstanceChange, ObjectChange, Plan } from './plan';
import { instanceText, risksText } from './plan-text';
import { plain } from './plan-value';
import { inOrder } from './risks';

/** Topics that are counted, as there may be many of each. */
const COUNTED: readonly (readonly [what: string, plural: string, shape: RegExp])[] = [
  ['key', 'keys', /^(?:data|binaryData|stringData)\b/],
  ['annotation', 'annotations', /(?:^|\.)metadata\.annotations\b/],
  ['label', 'labels', /(?:^|\.)metadata\.labels\b/],
  ['env', 'env', /\.(?:env|envFrom)\[\]/],
  ['mount', 'mounts', /\.volumeMounts\[\]/],
  ['volume', 'volumes', /\.volumes\[\]/],
  ['container', 'containers', /\.(?:containers|initContainers)\[\]$/],
  ['rule', 'rules', /^(?:rules|spec\.(?:rules|ingress|egress))\[\]/],
  ['port', 'ports', /\bports\[\]/],
];

const ACTIONS = ['added', 'changed', 'removed'] as const;

/** Other fields of one object that are named. */
const MOST_FIELDS = 4;

/** `StatefulSet/alice  image, 1 env added  (restart)`, a line an object. */
export function summaryLines({ namespace, objects }: Pick<InstanceChange, 'namespace' | 'objects'>): string[] {
  return objects.map((object) => {
    const { ref, action, risks } = object;
    const name = plain(refText(ref, namespace)).replace(' ', '/');
    const what = action === 'configured' ? changesText(object) : action;
    return [name, what, ...(risks.length > 0 ? [`(${risksText(risks)})`] : [])].join('  ');
  });
}

/** `team-a/alice  2 objects configured  (restart)`, a line an instance. */
export function instanceLines({ instances }: Plan): string[] {
  return instances.map((instance) => {
    const { action, objects } = instance;
    const risks = risksText(inOrder(objects.flatMap((object) => object.risks)));
    const count = `${objects.length} ${objects.length === 1 ? 'object' : 'objects'}`;
    return [instanceText(instance), `${action}, ${count}`, ...(risks === '' ? [] : [`(${risks})`])].join('  ');
  });
}

function changesText({ fields }: ObjectChange): string {
  const counts = new Map<string, number>();
  const named = new Set<string>();
  for (const field of fields) {
    const topic = COUNTED.find(([, , shape]) => shape.test(field.shape));
    if (topic === undefined) named.add(lastOf(field.shape));
    else for (const [action, count] of countsOf(field, topic[2])) add(counts, `${topic[0]} ${action}`, count);
  }
  const names = [...named].slice(0, MOST_FIELDS);
  const more = named.size - names.length;
  const told = COUNTED.flatMap(([what, plural]) =>
    ACTIONS.flatMap((action) => {
      const count = counts.get(`${what} ${action}`) ?? 0;
      return count > 0 ? [`${count} ${count === 1 ? what : plural} ${action}`] : [];
    }),
  );
  return [...names, ...(more > 0 ? [`${more} more ${more === 1 ? 'field' : 'fields'}`] : []), ...told].join(', ');
}

/** A field of an element changes the element; a map that comes whole brings all of its keys. */
function countsOf({ before, after, shape }: FieldChange, topic: RegExp): (readonly [string, number])[] {
  const action = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const whole = before ?? after;
  const isWhole = topic.test(`${shape}.x`) && /(?:^|\.)(?:data|binaryData|stringData|annotations|labels)$/.test(shape);
  const size = isWhole && typeof whole === 'object' && whole !== null ? Object.keys(whole).length : 1;
  const isElement = shape.endsWith('[]') || !/\[\]\.[^[\]]*$/.test(shape);
  return [[isElement ? action : 'changed', size]];
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** `image` of `spec.template.spec.containers[].image`. */
function lastOf(shape: string): string {
  return plain(/[^.[\]#/]+(?=[[\]]*$)/.exec(shape)?.[0] ?? shape);
}
