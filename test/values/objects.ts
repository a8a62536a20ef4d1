import type { ValueCase } from './case';

const long = { a: 'x'.repeat(262_143) };
const longer = { a: 'x'.repeat(262_144) };
/** Beside ours the pod has room for less. */
const fits = { a: 'x'.repeat(262_000) };
const apparmor = 'container.apparmor.security.beta.kubernetes.io';

const annotations: ValueCase[] = [
  {
    rule: 'values/annotations',
    holds: 'annotations of the pod take at most 256 KiB',
    bad: { podAnnotations: longer },
    good: { podAnnotations: fits },
    path: 'spec.podAnnotations',
    theirs: 'template.annotations',
  },
  {
    rule: 'values/annotations',
    holds: 'annotations of the Service take at most 256 KiB',
    bad: { networking: { service: { annotations: longer } } },
    good: { networking: { service: { annotations: long } } },
    path: 'spec.networking.service.annotations',
    theirs: 'metadata.annotations',
  },
  {
    rule: 'values/annotations',
    holds: 'annotations of the ServiceAccount take at most 256 KiB',
    bad: { security: { rbac: { serviceAccountAnnotations: longer } } },
    good: { security: { rbac: { serviceAccountAnnotations: long } } },
    path: 'spec.security.rbac.serviceAccountAnnotations',
    theirs: 'metadata.annotations',
  },
  {
    rule: 'values/annotations',
    holds: 'annotations of the Ingress take at most 256 KiB',
    bad: { networking: { ingress: { enabled: true, hosts: [{ host: 'a.example' }], annotations: longer } } },
    good: { networking: { ingress: { enabled: true, hosts: [{ host: 'a.example' }], annotations: long } } },
    path: 'spec.networking.ingress.annotations',
    theirs: 'metadata.annotations',
  },
  {
    rule: 'values/annotations',
    holds: 'an annotation for AppArmor names a container of the pod',
    bad: { podAnnotations: { [`${apparmor}/other`]: 'runtime/default' } },
    good: { podAnnotations: { [`${apparmor}/openclaw`]: 'runtime/default' } },
    path: `spec.podAnnotations[${apparmor}/other]`,
    theirs: `template.annotations[${apparmor}/other]`,
  },
  {
    rule: 'values/annotations',
    holds: 'an annotation for AppArmor names a profile',
    bad: { podAnnotations: { [`${apparmor}/openclaw`]: 'default' } },
    good: { podAnnotations: { [`${apparmor}/openclaw`]: 'localhost/a' } },
    path: `spec.podAnnotations[${apparmor}/openclaw]`,
    theirs: `template.annotations[${apparmor}/openclaw]`,
  },
];

const ports: ValueCase = {
  rule: 'values/port',
  holds: 'a port of the Service stands once for a protocol',
  bad: {
    networking: {
      service: {
        ports: [
          { name: 'a', port: 80, protocol: '' },
          { name: 'b', port: 80 },
        ],
      },
    },
  },
  good: {
    networking: {
      service: {
        ports: [
          { name: 'a', port: 80, protocol: '' },
          { name: 'b', port: 80, protocol: 'UDP' },
        ],
      },
    },
  },
  path: 'spec.networking.service.ports[1].port',
  theirs: 'duplicate entries',
};

const config: ValueCase = {
  rule: 'config/too-large',
  holds: 'openclaw.json and the files beside it take at most 1 MiB',
  bad: { config: { raw: { a: 'ä'.repeat(524_288) } } },
  good: { config: { raw: { a: 'ä'.repeat(490_000) } } },
  path: 'spec.config.raw',
  theirs: '',
};

/** The server's rules of objects as a whole. */
export const objectCases: readonly ValueCase[] = [...annotations, ports, config];
