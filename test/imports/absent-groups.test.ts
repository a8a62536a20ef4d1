import * as fc from 'fast-check';
import { admit } from '../../constructs/resolve/admission';
import { schemaOf } from '../../constructs/schema/schemas';
import type { JsonObject, StructuralSchema } from '../../constructs/schema/structural';
import { instance } from './documents';

const schema = schemaOf('openclawinstances');

/** Groups of our own below a schema: objects with fields, none of which must be there, and no embedded type of Kubernetes. */
function groupsOf({ properties = {} }: StructuralSchema): [string, StructuralSchema][] {
  return Object.entries(properties).filter(
    ([, { type, properties: fields, required, ...rest }]) =>
      type === 'object' && fields !== undefined && required === undefined && rest['x-kubernetes-preserve-unknown-fields'] !== true,
  );
}

/** Some groups, each empty or with some of its own; and now and then one switched on, so that rules look further. */
function someGroups(node: StructuralSchema): fc.Arbitrary<JsonObject> {
  const enabled: Record<string, fc.Arbitrary<JsonObject | boolean>> = node.properties?.['enabled'] ? { enabled: fc.constant(true) } : {};
  const groups = Object.fromEntries(groupsOf(node).map(([name, group]) => [name, someGroups(group)]));
  return fc.record({ ...groups, ...enabled }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
}

describe('T-R13 whichever groups nobody wrote', () => {
  const stumbles = (spec: JsonObject): string[] =>
    admit(schema, instance(spec))
      .issues.map(({ message }) => message)
      .filter((message) => message.includes('cannot be evaluated'));

  test('no rule stumbles over their absence', () => {
    const spec = someGroups(schema.properties?.['spec'] ?? {});
    fc.assert(
      fc.property(spec, fc.boolean(), (groups, suspended) => {
        expect(stumbles({ ...groups, ...(suspended && { suspended }) })).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test.each(groupsOf(schema.properties?.['spec'] ?? {}))('nor when only %s is there', (name) => {
    expect(stumbles({ [name]: {} })).toEqual([]);
  });
});
