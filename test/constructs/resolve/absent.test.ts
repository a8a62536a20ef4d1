import type { OpenClawInstanceSpec } from '../../../imports/types';
import { resolve } from '../../../constructs';
import { absenceOf, schemaOf } from '../../../constructs/schema/schemas';
import type { StructuralSchema } from '../../../constructs/schema/structural';
import { anInstance, rendered, withIngress, withSpec } from '../../builders';
import { absentEverywhere, absentNowhere } from '../../imports/absent';

const FACTS = { configMaps: new Map([['files', { data: { 'openclaw.json': '{}' } }]]) };

/** Paths of a schema for which `holds`, outside of what is Kubernetes' own. */
function pathsWhere(holds: (schema: StructuralSchema) => boolean, schema: StructuralSchema, path = ''): string[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return [];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) => pathsWhere(holds, child, `${path}.${name}`));
  const items = schema.items === undefined ? [] : pathsWhere(holds, schema.items, `${path}[]`);
  return [...(holds(schema) ? [path] : []), ...below, ...items];
}

const requiredPaths = (schema: StructuralSchema, path = ''): string[] => [
  ...(schema.required ?? []).map((name) => `${path}.${name}`),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => requiredPaths(child, `${path}.${name}`)),
  ...(schema.items === undefined ? [] : requiredPaths(schema.items, `${path}[]`)),
];

const isText = ({ type, 'x-kubernetes-int-or-string': amount }: StructuralSchema): boolean => type === 'string' || amount === true;

const resolvedFrom = (spec: OpenClawInstanceSpec) => {
  const resolution = resolve({ ...anInstance(), spec }, FACTS);
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.issues));
  return { spec: resolution.instance.spec, warnings: resolution.warnings, references: resolution.references };
};

const imageOf = (written: NonNullable<OpenClawInstanceSpec['image']>, defaults: NonNullable<OpenClawInstanceSpec['image']>) =>
  rendered(anInstance(withSpec({ image: written, registry: '' })), { clusterDefaults: { image: defaults, registry: 'r.example' } }).agent
    .image;

describe('T-R15 the empty text', () => {
  const schema = schemaOf('openclawinstances').properties?.['spec'] ?? {};
  const marks = absenceOf('openclawinstances').properties?.['spec'] ?? {};

  it('means "not set" in every optional text and amount of ours, but for those whose empty text means something', () => {
    const required = new Set(requiredPaths(schema));
    const optional = pathsWhere(isText, schema).filter((path) => !path.endsWith('[]') && !required.has(path));
    const marked = pathsWhere((node) => node['x-empty'] === 'absent', marks);
    expect(optional.filter((path) => !marked.includes(path))).toEqual([
      // A pointer in the API: an empty one is a value that Kubernetes refuses.
      '.security.podSecurityContext.fsGroupChangePolicy',
      // Kubernetes' own meaning: no class.
      '.storage.persistence.storageClass',
      '.chromium.persistence.storageClass',
    ]);
    // Lists of which the reference says that an empty one is filled.
    expect(marked.filter((path) => !optional.includes(path))).toEqual([
      '.storage.persistence.accessModes',
      '.networking.ingress.hosts[].paths',
    ]);
  });

  it('leads to the instance that stands there when nobody wrote these fields', () => {
    expect(resolvedFrom(absentEverywhere)).toEqual(resolvedFrom(absentNowhere));
    expect(resolvedFrom(absentEverywhere).spec).toMatchObject({
      image: { repository: 'ghcr.io/openclaw/openclaw', tag: 'latest', pullPolicy: 'IfNotPresent' },
      storage: { persistence: { size: '10Gi', accessModes: ['ReadWriteOnce'] } },
      resources: { limits: { cpu: '2', memory: '4Gi' } },
    });
  });

  it('is dropped from the defaults of the cluster too, and from an instance before those are laid under it', () => {
    expect(imageOf({ tag: '' }, { tag: '2026.9.5', digest: '' })).toBe('r.example/openclaw/openclaw:2026.9.5');
    expect(imageOf({ tag: '2026.9.6', repository: '' }, { tag: '', repository: 'x.example/own' })).toBe('r.example/own:2026.9.6');
  });

  it('of a storage class is passed on', () => {
    const view = rendered(anInstance(withSpec({ storage: { persistence: { storageClass: '' } } })));
    expect(view.find('PersistentVolumeClaim', 'alice-data')).toHaveProperty('spec.storageClassName', '');
    expect(rendered(anInstance()).find('PersistentVolumeClaim', 'alice-data')).not.toHaveProperty('spec.storageClassName');
  });

  it('is no digest beside a tag, no claim, no Secret, no class', () => {
    const view = rendered(
      anInstance(withSpec({ image: { digest: '' }, gateway: { existingSecret: '' }, storage: { persistence: { existingClaim: '' } } })),
    );
    expect(view.agent.image).toBe('ghcr.io/openclaw/openclaw:2026.9.6');
    expect(view.volume('data')).toEqual({ name: 'data', persistentVolumeClaim: { claimName: 'alice-data' } });
    expect(view.references).toMatchObject([{ name: 'alice-gateway-token' }]);
    expect(rendered(anInstance(withIngress(''))).find('Ingress')).not.toHaveProperty('spec.ingressClassName');
  });

  it('and no paths at all are the path of the whole host', () => {
    const ingress = rendered(anInstance(withIngress('nginx', { hosts: [{ host: 'a.example', paths: [] }] }))).find('Ingress');
    expect(ingress).toHaveProperty('spec.rules.0.http.paths', [
      { path: '/', pathType: 'Prefix', backend: { service: { name: 'alice', port: { number: 18789 } } } },
    ]);
  });

  it('asks for nothing that would have to be warned of', () => {
    expect(rendered(anInstance(withSpec({ tailscale: { hostname: '' }, backup: { serviceAccountName: '' } }))).warnings).toEqual([]);
  });
});
