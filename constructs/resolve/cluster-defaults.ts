import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec } from '../../imports/types';

/** Fields that cluster defaults may set; none of them has a default in the schema, so what is missing here was not written. */
export function applyClusterDefaults(spec: OpenClawInstanceSpec, defaults: OpenClawClusterDefaultsSpec | undefined): OpenClawInstanceSpec {
  if (defaults === undefined) return spec;
  const { registry, image, env = [], ...groups } = defaults;
  const names = new Set((spec.env ?? []).map(({ name }) => name));
  const added = env.filter(({ name }) => !names.has(name));
  return {
    ...spec,
    ...(registry !== undefined && { registry: spec.registry ?? registry }),
    ...(image && { image: mergeImage(image, spec.image ?? {}) }),
    ...(added.length > 0 && { env: [...added, ...(spec.env ?? [])] }),
    ...mergeGroups(groups, spec),
  };
}

/** What is a group is taken field by field. */
function mergeGroups(groups: object, spec: OpenClawInstanceSpec): Partial<OpenClawInstanceSpec> {
  const written: Readonly<Record<string, unknown>> = { ...spec };
  return Object.fromEntries(
    Object.entries(groups).map(([name, group]) => [name, { ...(group as object), ...(written[name] as object | undefined) }]),
  );
}

type Image = NonNullable<OpenClawInstanceSpec['image']>;

/**
 * Field by field; tag and digest count as one, since both say which release it is. One that the instance names is not overruled by a digest of the
 * defaults, and a digest of the instance does not get a tag that says something else about it.
 */
function mergeImage(defaults: Image, written: Image): Image {
  const { tag, digest, ...rest } = defaults;
  const isPinned = written.tag !== undefined || written.digest !== undefined;
  return { ...rest, ...(!isPinned && { ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) }), ...written };
}
