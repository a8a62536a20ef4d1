import { schemaOf } from '../../../constructs/schema/schemas';

/** The paths one step further than the unfinished one: `spec.stor` gives `spec.storage`, `spec.storage.` what is in it. */
export function fieldNames(unfinished: string): string[] {
  const steps = unfinished.split('.').slice(0, -1);
  let schema: ReturnType<typeof schemaOf> | undefined = schemaOf('openclawinstances');
  for (const step of steps) schema = within(schema)?.properties?.[step];
  const prefix = steps.map((step) => `${step}.`).join('');
  return Object.keys(within(schema)?.properties ?? {}).map((name) => `${prefix}${name}`);
}

/** The items of a list: paths leave out its brackets, as kubectl explain does. */
function within(schema: ReturnType<typeof schemaOf> | undefined): ReturnType<typeof schemaOf> | undefined {
  return schema?.items === undefined ? schema : within(schema.items);
}
