import { runRules } from '../../../constructs/schema/cel';
import { applyDefaults } from '../../../constructs/schema/defaults';
import type { StructuralSchema } from '../../../constructs/schema/structural';
import { validateSchema } from '../../../constructs/schema/validate';

function withDefault(field: StructuralSchema): StructuralSchema {
  return { type: 'object', properties: { field: { type: 'object', ...field } } };
}

/** What is found out about a default is kept, so these tests look at everything twice. */
describe('defaults that instances share', () => {
  const object = { apiVersion: 'a/v1', kind: 'A' };

  test('a default that breaks a rule is told every time', () => {
    const schema = withDefault({
      default: { size: 1 },
      properties: { size: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.size > 1', message: 'too small' }],
    });
    const value = applyDefaults(schema, object);
    expect(runRules(schema, value)).toHaveLength(1);
    expect(runRules(schema, value)).toHaveLength(1);
  });

  test('a default with an error is told every time', () => {
    const schema = withDefault({ default: { size: 'x' }, properties: { size: { type: 'integer' } } });
    const value = applyDefaults(schema, object);
    expect(validateSchema(schema, value)).toHaveLength(1);
    expect(validateSchema(schema, value)).toHaveLength(1);
  });

  test('a default without errors is still compared with what was there before', () => {
    const schema = withDefault({
      default: { size: 1 },
      properties: { size: { type: 'integer' } },
      'x-kubernetes-validations': [{ rule: 'self.size >= oldSelf.size', message: 'cannot shrink' }],
    });
    const value = applyDefaults(schema, object);
    expect(runRules(schema, value)).toEqual([]);
    expect(runRules(schema, value, value)).toEqual([]);
    expect(runRules(schema, value, { ...object, field: { size: 2 } })).toHaveLength(1);
  });

  test('what was found out with one schema says nothing about another', () => {
    const properties: StructuralSchema['properties'] = { size: { type: 'integer' } };
    const lenient = withDefault({ default: { size: 1 }, properties });
    const strict = withDefault({ properties: { size: { type: 'integer', minimum: 2 } } });
    const value = applyDefaults(lenient, object);
    expect(validateSchema(lenient, value)).toEqual([]);
    expect(validateSchema(strict, value)).toHaveLength(1);
  });
});
