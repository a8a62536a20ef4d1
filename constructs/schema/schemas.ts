import type { StructuralSchema } from './structural';

type Plural = 'openclawinstances' | 'openclawselfconfigs' | 'openclawclusterdefaults';

/** Each is required by a constant name, so that a bundler takes it along, and only when it is asked for: parsing costs milliseconds. */
const sources: Readonly<Record<Plural, () => StructuralSchema>> = {
  openclawinstances: () => require('../../imports/schemas/openclawinstances.json') as StructuralSchema,
  openclawselfconfigs: () => require('../../imports/schemas/openclawselfconfigs.json') as StructuralSchema,
  openclawclusterdefaults: () => require('../../imports/schemas/openclawclusterdefaults.json') as StructuralSchema,
};

/** The schema of one of our kinds, as the CRD has it: with defaults inside the groups that are written, and none for whole groups. */
export function schemaOf(plural: Plural): StructuralSchema {
  return sources[plural]();
}

/** The defaults that the API server does not store: those of groups of the spec that nobody wrote. It holds nothing but them. */
export function instanceDefaults(): StructuralSchema {
  return require('../../imports/schemas/openclawinstances.defaults.json') as StructuralSchema;
}

/** Where the empty text or list of a kind means "not set". It holds nothing but these marks. */
export function absenceOf(plural: 'openclawinstances' | 'openclawclusterdefaults'): StructuralSchema {
  return plural === 'openclawinstances'
    ? (require('../../imports/schemas/openclawinstances.absent.json') as StructuralSchema)
    : (require('../../imports/schemas/openclawclusterdefaults.absent.json') as StructuralSchema);
}
