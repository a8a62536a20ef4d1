import { answerTo, requestOf } from '../../../controller/webhook/review';

const request = { uid: 'u1', kind: { kind: 'OpenClawInstance' }, operation: 'CREATE', namespace: 'a', object: { metadata: { name: 'x' } } };

interface Answered {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly warnings?: readonly string[];
    readonly status?: { readonly message: string; readonly details: { readonly causes: readonly object[] } };
  };
}

it('is read', () => {
  expect(requestOf({ kind: 'AdmissionReview', request })).toMatchObject({ uid: 'u1', kind: 'OpenClawInstance', namespace: 'a' });
});

it.each<[string, unknown]>([
  ['nothing', undefined],
  ['a list', []],
  ['another kind', { kind: 'TokenReview', request }],
  ['a review without a request', { kind: 'AdmissionReview' }],
  ['a request without an id', { kind: 'AdmissionReview', request: { ...request, uid: 5 } }],
  ['a request without an object', { kind: 'AdmissionReview', request: { ...request, object: null } }],
])('is not made of %s', (_what, review) => {
  expect(requestOf(review)).toBeUndefined();
});

it('is answered with every cause, and a text of all of them', () => {
  const causes = [
    { field: 'spec.a', message: 'is wrong' },
    { field: '', message: 'is wrong as a whole' },
  ];
  const { response } = answerTo('u1', { isAllowed: false, warnings: [], causes }) as Answered;
  expect([response.uid, response.allowed, response.status?.message]).toEqual(['u1', false, 'spec.a: is wrong; is wrong as a whole']);
  expect(response.status?.details.causes).toHaveLength(2);
});

it('carries no more warnings than the API server passes on', () => {
  const warnings = Array.from({ length: 100 }, (_, index) => `${index} ${'w'.repeat(1000)}`);
  const told = (answerTo('u1', { isAllowed: true, warnings, causes: [] }) as Answered).response.warnings ?? [];
  expect(told.at(-1)).toBe('and 88 more warnings');
  expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(256);
  expect(told.join('').length).toBeLessThan(4096);
});
