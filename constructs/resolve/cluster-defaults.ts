import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec } from '../../imports/types';

/** Fields that cluster defaults may set; none of them has a default in the schema, so what is missing here was not written. */
export function applyClusterDefaults(spec: OpenClawInstanceSpec, defaults: OpenClawClusterDefaultsSpec | undefined): OpenClawInstanceSpec {
  if (defaults === undefined) return spec;
  const { registry, image, env = [], runtimeDeps } = defaults;
  const names = new Set((spec.env ?? []).map(({ name }) => name));
  const added = env.filter(({ name }) => !names.has(name));
  return {
    ...spec,
    ...(registry !== undefined && { registry: spec.registry ?? registry }),
    ...(image && { image: mergeImage(image, spec.image ?? {}) }),
    ...(added.length > 0 && { env: [...added, ...(spec.env ?? [])] }),
    ...(runtimeDeps && { runtimeDeps: { ...runtimeDeps, ...spec.runtimeDeps } }),
  };
}

type Image = NonNullable<OpenClawInstanceSpec['image']>;

/** Field by field; but a tag that the instance names is not overruled by a digest that it does not. */
function mergeImage(defaults: Image, written: Image): Image {
  const { digest, ...rest } = defaults;
  return { ...(written.tag === undefined && digest !== undefined && { digest }), ...rest, ...written };
}
