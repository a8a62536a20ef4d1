import { Findings } from './findings';
import { nodeOf } from './schema-node';
import type { JsonValue, StructuralSchema } from './structural';
import { check } from './validate';

/** allOf, anyOf, oneOf, not. They hold conditions on the value only: a structural schema keeps fields and types outside. */
export function checkCombinations(schema: StructuralSchema, value: JsonValue, findings: Findings): void {
  for (const part of schema.allOf ?? []) check(nodeOf(part), value, findings);
  if (schema.anyOf !== undefined && count(schema.anyOf, value, findings) === 0) {
    findings.add('any-of', 'fits none of the allowed forms');
  }
  if (schema.oneOf !== undefined) checkOne(count(schema.oneOf, value, findings), findings);
  if (schema.not !== undefined && count([schema.not], value, findings) === 1) {
    findings.add('not', 'has a form that is not allowed');
  }
}

function checkOne(fitting: number, findings: Findings): void {
  if (fitting === 0) findings.add('one-of', 'fits none of the allowed forms');
  if (fitting > 1) findings.add('one-of', `fits ${fitting} forms where exactly one is allowed`);
}

function count(parts: readonly StructuralSchema[], value: JsonValue, findings: Findings): number {
  let fitting = 0;
  for (const part of parts) {
    const trial = new Findings(findings.path);
    check(nodeOf(part), value, trial);
    if (trial.issues.length === 0) fitting += 1;
  }
  return fitting;
}
