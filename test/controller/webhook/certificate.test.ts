import { X509Certificate } from 'node:crypto';
import { bundleOf, isUsable, makeCertificate, namesOf } from '../../../controller/webhook/certificate';

const DAY = 86_400_000;
const NOW = new Date('2026-03-01T00:00:00Z');
const NAMES = namesOf('openclaw-webhook', 'openclaw-system');
const made = makeCertificate(NAMES, NOW);

const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY);

it('is for the names of the Service and for nothing else, and signs itself', () => {
  const parsed = new X509Certificate(made.certificate);
  expect(NAMES.map((name) => parsed.checkHost(name))).toEqual(NAMES);
  expect(parsed.checkHost('another.openclaw-system.svc')).toBeUndefined();
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.checkIssued(parsed)).toBe(true);
});

it('is usable until two months before its end', () => {
  expect([0, 100, 119].map((days) => isUsable(made, NAMES, inDays(days)))).toEqual([true, true, true]);
  expect([121, 180, 400].map((days) => isUsable(made, NAMES, inDays(days)))).toEqual([false, false, false]);
});

it('is not usable before it counts: a clock that was ahead has made it', () => {
  expect([-400, -2].map((days) => isUsable(made, NAMES, inDays(days)))).toEqual([false, false]);
  expect(isUsable(made, NAMES, inDays(-0.5))).toBe(true);
});

it('is not usable for other names, with another key, or when it is none', () => {
  const other = makeCertificate(NAMES, NOW);
  expect(isUsable(made, namesOf('other', 'openclaw-system'), NOW)).toBe(false);
  expect(isUsable({ ...made, key: other.key }, NAMES, NOW)).toBe(false);
  expect(isUsable({ certificate: 'none', key: 'none' }, NAMES, NOW)).toBe(false);
});

it('stands in a bundle once, and leaves it at its end', () => {
  const late = makeCertificate(NAMES, inDays(120));
  const bundle = bundleOf([late.certificate, made.certificate, `${made.certificate}# a remark\n`], inDays(120));
  expect(bundle.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
  expect(bundleOf([bundle], inDays(181))).toBe(`${late.certificate.trim()}\n`);
  expect(bundleOf(['nothing'], NOW)).toBe('');
});
