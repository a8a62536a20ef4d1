/** The certificate of the webhook: it vouches for itself, since only the API server has to trust it. */
import { X509Certificate, createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type * as forge from 'node-forge';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

const DAY = 86_400_000;

/** How long a certificate counts, and how long before its end it is replaced. */
const LIFETIME = 180 * DAY;
const EARLY = 60 * DAY;

/** A clock that runs behind ours must accept it at once. */
const BACKDATED = DAY;

/** The names by which an API server calls a Service. */
export function namesOf(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
}

/** A new certificate for some names, valid from yesterday on. */
export function makeCertificate(names: readonly string[], now: Date): Certificate {
  const { pki, md } = require('node-forge') as typeof forge;
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  // A first bit that is set would make the number negative.
  certificate.serialNumber = `01${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = new Date(now.getTime() - BACKDATED);
  certificate.validity.notAfter = new Date(now.getTime() + LIFETIME);
  const subject = [{ name: 'commonName', value: names[0] ?? '' }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames: names.map((value) => ({ type: 2, value })) },
  ]);
  certificate.sign(pki.privateKeyFromPem(privateKey), md.sha256.create());
  return { certificate: pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: privateKey };
}

/** Whether it may go on being used: it is for these names, fits its key, counts already, and does not end soon. */
export function isUsable({ certificate, key }: Certificate, names: readonly string[], now: Date): boolean {
  try {
    const parsed = new X509Certificate(certificate);
    // A clock that was ahead has made one that the API server does not take yet.
    const hasBegun = new Date(parsed.validFrom).getTime() <= now.getTime();
    const endsLate = new Date(parsed.validTo).getTime() - now.getTime() > EARLY;
    const isMeant = names.every((name) => parsed.checkHost(name) !== undefined);
    return hasBegun && endsLate && isMeant && parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** When it ends. */
export function endOfCertificate({ certificate }: Pick<Certificate, 'certificate'>): Date {
  return new Date(new X509Certificate(certificate).validTo);
}

/** The certificates in a bundle that still count, each once and without what stands between them. */
export function bundleOf(texts: readonly string[], now: Date): string {
  const all = texts.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
  const counting = [...new Set(all)].filter((text) => endOf(text) > now.getTime());
  return counting.map((text) => `${text}\n`).join('');
}

function endOf(text: string): number {
  try {
    return endOfCertificate({ certificate: text }).getTime();
  } catch {
    return -Infinity;
  }
}
