import { parts } from '../../constructs';
import { schemaOf } from '../../constructs/schema/schemas';
import type { StructuralSchema } from '../../constructs/schema/structural';

/**
 * Fields of the API that nothing is made of yet, each with what it waits for. One whose part has come has to leave the list; a new field without a
 * part has to get one, or a line here.
 */
const WAITING: Readonly<Record<string, string>> = {};

/** The fields below `schema` that no claim covers, each as high up as it can be said. */
function unread({ properties = {} }: StructuralSchema, claims: readonly string[], path = ''): string[] {
  return Object.entries(properties).flatMap(([key, child]) => {
    const field = path === '' ? key : `${path}.${key}`;
    if (claims.some((claim) => field === claim || field.startsWith(`${claim}.`))) return [];
    return claims.some((claim) => claim.startsWith(`${field}.`)) ? unread(child, claims, field) : [field];
  });
}

const spec = schemaOf('openclawinstances').properties?.['spec'] ?? {};
const claims = parts.flatMap((part) => part.claims);

function exists(field: string): boolean {
  let schema: StructuralSchema | undefined = spec;
  for (const step of field.split('.')) schema = schema?.properties?.[step];
  return schema !== undefined;
}

describe('the fields of the CRD', () => {
  it('are each read by a part, but for those that wait', () => {
    expect(unread(spec, claims).toSorted()).toEqual(Object.keys(WAITING));
  });

  it('are claimed under names that exist', () => {
    expect(claims.filter((claim) => !exists(claim))).toEqual([]);
  });

  it('are told from those that nobody reads', () => {
    expect(
      unread(
        spec,
        claims.filter((claim) => claim !== 'image'),
      ),
    ).toContain('image');
  });
});
