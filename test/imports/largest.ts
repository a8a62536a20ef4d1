import { instance, many, type Document } from './documents';

const times = <Value>(count: number, make: (index: number) => Value): Value[] => Array.from({ length: count }, (_, index) => make(index));

const keys = <Value>(count: number, prefix: string, value: Value): Record<string, Value> =>
  Object.fromEntries(many(count, prefix).map((key) => [key, value]));

const deep = 'd/'.repeat(120);
const host = `${'a.'.repeat(100)}b`;
const label = `${'a.'.repeat(100)}b/${'x'.repeat(50)}`;

const workspace = (): object => ({
  initialFiles: keys(50, deep, 'x'),
  initialDirectories: many(20, deep),
});

const volumes = (count: number, prefix: string): object[] => many(count, prefix).map((name) => ({ name, emptyDir: {} }));

const containers = (count: number, prefix: string): object[] => many(count, prefix).map((name) => ({ name, image: 'example.test/x:1' }));

const networking = {
  service: { ports: times(20, (index) => ({ name: `p${index}`, port: index + 1 })) },
  ingress: {
    enabled: true,
    hosts: times(20, (index) => ({ host: `h${index}.${host}`, paths: times(20, (path) => ({ path: `/${path}`, port: 20 })) })),
    tls: times(20, (index) => ({ hosts: many(20, `${host}${index}`) })),
  },
};

/** A document that fills the limits of every list and map that a rule walks: its rules must still be affordable when they run. */
export const largest: Document = instance({
  workspace: {
    ...workspace(),
    additionalWorkspaces: times(10, (index) => ({ ...workspace(), name: `w${index}`, skills: many(20, `pack:${'a/'.repeat(58)}`) })),
  },
  skills: many(20, `npm:${'a'.repeat(120)}`),
  initContainers: containers(10, 'i'),
  sidecars: containers(32, 's'),
  sidecarVolumes: volumes(32, 's'),
  extraVolumes: volumes(10, 'e'),
  networking,
  security: {
    networkPolicy: {
      allowedIngressCIDRs: times(64, (index) => `fd00:1:2:3:4:5:6:${index}/128`),
      allowedEgressCIDRs: times(64, (index) => `255.255.255.${index}/32`),
      allowedIngressNamespaces: many(64, 'n'.repeat(60)),
    },
  },
  podAnnotations: keys(64, label, 'x'),
  availability: { nodeSelector: keys(64, label, 'x'.repeat(63)) },
});
