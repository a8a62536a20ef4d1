import { refusal } from '../../../controller/api/refusal';
import { withoutSentValues } from '../../../controller/api/sent-values';
import { growth, LINEAR } from '../../growth';

const token = '0123456789abcdef'.repeat(4);
const encoded = Buffer.from(token).toString('base64');
const body = { data: { token: encoded, username: Buffer.from('openclaw').toString('base64') } };
const denied =
  "secrets \"alice-gateway-token\" is forbidden: ValidatingAdmissionPolicy 'no-secrets' with binding 'all' denied request: ask the team platform for Secrets of openclaw";

test('T-T10 what a policy says of a Secret is told in its own words', () => {
  expect(withoutSentValues(denied, body)).toBe(denied);
});

test.each([
  ['as it is', `found ${token} in data`],
  ['in Base64', `found ${encoded} in data`],
  ['cut by the server', `found ${encoded.slice(0, 30)}... in data`],
  ['in the middle of another text', `x${token.slice(5, 40)}y`],
])('T-T10 a value that was sent is masked: %s', (_, text) => {
  const masked = withoutSentValues(text, body);
  expect(masked).toContain('(withheld)');
  for (let at = 0; at + 12 <= token.length; at += 1) expect(masked).not.toContain(token.slice(at, at + 12));
  for (let at = 0; at + 12 <= encoded.length; at += 1) expect(masked).not.toContain(encoded.slice(at, at + 12));
});

test('T-T10 a short value is masked in quotes, and words that are like it stay', () => {
  expect(withoutSentValues('Invalid value: "openclaw": openclaw is no user', body)).toBe(
    'Invalid value: "(withheld)": openclaw is no user',
  );
});

test('T-T10 a value in stringData, with characters that are escaped, is masked', () => {
  const value = 'line one\nline "two"';
  const masked = withoutSentValues(`Invalid value: ${JSON.stringify(value)}`, { stringData: { key: value } });
  expect(masked).not.toMatch(/line (one|\\"two)/);
});

test('T-T10 masking a long message takes a time that grows with its length', () => {
  expect(
    growth((length) => withoutSentValues('a'.repeat(length), { stringData: { key: 'a'.repeat(length / 10) } }), 1_000_000),
  ).toBeLessThan(LINEAR);
});

const status = { kind: 'Status', code: 422, reason: 'Invalid', message: denied, details: { causes: [{ message: `not ${token}` }] } };
const path = '/api/v1/namespaces/team-a/secrets';

test('T-T10 a refused creation says why, without the values', () => {
  const error = refusal({ method: 'POST', path, body }, 422, status);
  expect(error.message).toContain(denied);
  expect(error.details.causes).toEqual([{ message: 'not (withheld)' }]);
});

test('T-T10 a refused patch may quote what is stored: only the words of a policy are told', () => {
  const patch = { method: 'PATCH', path: `${path}/alice`, body } as const;
  expect(refusal(patch, 422, status).message).toContain(denied);
  expect(refusal(patch, 422, { ...status, message: 'found hunter2' }).message).toContain('its message is withheld');
});
