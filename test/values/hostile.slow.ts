import { resolve } from '../../constructs';
import type { JsonObject } from '../../constructs/spec/json';
import { anInstance, withMistake } from '../builders';
import { growth, LINEAR } from '../growth';
import { container, egress, sidecar, volume } from './case';

const LENGTH = 200_000;

/** Texts that make careless expressions walk back and forth. */
const FILLS: Readonly<Record<string, string>> = {
  letters: 'a',
  zeros: '0',
  dashes: 'a-',
  dots: 'a.',
  colons: ':',
  slashes: '/',
  climbs: '../',
  blanks: ' ',
  digits: '1:',
  quotes: "metadata.labels['",
};

/** Where texts of a tenant meet a rule of values, and no rule of the schema limits their length. */
const PLACES: Readonly<Record<string, (text: string) => JsonObject>> = {
  'the name of a port': (text) => sidecar({ ports: [{ containerPort: 80, name: text }] }),
  'a name and a fieldPath of a variable': (text) =>
    sidecar({ env: [{ name: text }, { name: 'A', valueFrom: { fieldRef: { fieldPath: text } } }] }),
  'a reference': (text) => sidecar({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: text, key: text } } }] }),
  'a resource of a variable': (text) =>
    sidecar({ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: text, divisor: text } } }] }),
  'an image': (text) => ({ sidecars: [{ ...container, image: text }] }),
  'the name of a resource': (text) => sidecar({ resources: { requests: { [text]: 1 }, limits: { [`${text}/x`]: 1 } } }),
  'an amount': (text) => sidecar({ resources: { requests: { cpu: `${text}x`, memory: text } } }),
  'a mount': (text) => sidecar({ volumeMounts: [{ name: 'tmp', mountPath: text, subPath: text, subPathExpr: text }] }),
  'the port of a probe': (text) => sidecar({ livenessProbe: { httpGet: { port: text, httpHeaders: [{ name: text, value: text }] } } }),
  'an item of a volume': (text) => volume({ secret: { secretName: text, items: [{ key: text, path: text }] } }),
  'the size of a volume': (text) => volume({ emptyDir: { sizeLimit: `${text}x` } }),
  'a toleration': (text) => ({ availability: { tolerations: [{ key: text, value: text }] } }),
  'a selector': (text) =>
    egress({ to: [{ podSelector: { matchLabels: { [text]: text }, matchExpressions: [{ key: text, operator: text }] } }] }),
  'paths of a workspace': (text) => ({ workspace: { initialFiles: { [text]: '' }, initialDirectories: [text] } }),
  'an address range': (text) => egress({ to: [{ ipBlock: { cidr: `${text}/8`, except: [text] } }], ports: [{ port: text }] }),
  'an annotation': (text) => ({ podAnnotations: { 'container.apparmor.security.beta.kubernetes.io/side': text } }),
};

describe('T-R12 rules of values', () => {
  const cases = Object.keys(PLACES).flatMap((place) => Object.keys(FILLS).map((fill) => ({ place, fill })));

  it.each(cases)('look at $place full of $fill once', ({ place, fill }) => {
    const unit = FILLS[fill] ?? '';
    const look = (length: number): void => {
      const spec = PLACES[place]?.(unit.repeat(length / unit.length).trimEnd() || ' '.repeat(length)) ?? {};
      resolve(anInstance(withMistake(spec)));
    };
    expect(growth(look, LENGTH)).toBeLessThan(LINEAR);
  });
});
