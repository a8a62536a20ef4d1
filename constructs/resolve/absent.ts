import type { OpenClawClusterDefaultsSpec, OpenClawInstanceSpec } from '../../imports/types';
import { dropAbsent } from '../schema/absent';
import { applyDefaults } from '../schema/defaults';
import { absenceOf, schemaOf } from '../schema/schemas';
import type { JsonObject } from '../schema/structural';

/** What a user wrote, without the texts that are empty because nothing is meant (E32). */
export function withoutAbsent(written: OpenClawInstanceSpec): OpenClawInstanceSpec {
  return dropAbsent(absenceOf('openclawinstances'), { spec: written as JsonObject })['spec'] as OpenClawInstanceSpec;
}

/** The same for a spec that was admitted: what is taken out gets its default anew, as if nobody had written it. */
export function admittedWithoutAbsent(admitted: OpenClawInstanceSpec): OpenClawInstanceSpec {
  const spec = withoutAbsent(admitted);
  if (spec === admitted) return admitted;
  return applyDefaults(schemaOf('openclawinstances'), { spec: spec as JsonObject })['spec'] as OpenClawInstanceSpec;
}

/** The same for the defaults of the cluster. */
export function defaultsWithoutAbsent(spec: OpenClawClusterDefaultsSpec | undefined): OpenClawClusterDefaultsSpec | undefined {
  if (spec === undefined) return undefined;
  return dropAbsent(absenceOf('openclawclusterdefaults'), { spec: spec as JsonObject })['spec'] as OpenClawClusterDefaultsSpec;
}
