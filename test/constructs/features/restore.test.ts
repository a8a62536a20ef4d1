import { anInstance, rendered, withSpec, withoutNamespace } from '../../builders';
import type { Facts } from '../../../constructs';
import { readPolicy } from '../../../constructs/spec/policy';

const OWN = 'backups/team-a/alice/2026-01-01T080000Z';
const FOREIGN = 'backups/team-b/carol/periodic/latest';

const warned = (restoreFrom: string, facts: Facts = {}) =>
  rendered(anInstance(withSpec({ restoreFrom })), facts).warnings.map(({ path, rule }) => `${rule} ${path}`);

const opened = (...paths: readonly string[]): Facts => ({
  policy: readPolicy(JSON.stringify({ restores: [{ namespaces: ['team-*'], paths }] })),
});

describe('restoreFrom', () => {
  it('T-L18 makes nothing: a document is applied again and again, and its Job would run each time', () => {
    expect(rendered(anInstance(withSpec({ restoreFrom: OWN }))).manifests).toEqual(rendered(anInstance()).manifests);
    expect(warned(OWN)).toEqual([]);
  });

  it('T64 is told that nothing is kept', () => {
    const view = rendered(anInstance(withSpec({ restoreFrom: OWN, storage: { persistence: { enabled: false } } })));
    expect(view.warned('restore/no-persistence')).toMatchObject([{ path: 'spec.restoreFrom' }]);
  });

  it('C35 is told of the folder of another tenant, unless an administrator opens it', () => {
    expect(warned(FOREIGN)).toEqual(['restore/other-tenant spec.restoreFrom']);
    expect(warned('backups/team-abc/alice/x')).toEqual(['restore/other-tenant spec.restoreFrom']);
    for (const paths of [['backups/team-b/carol'], ['backups/team-b/*'], [FOREIGN]]) expect(warned(FOREIGN, opened(...paths))).toEqual([]);
    for (const paths of [['backups/team-b/car'], ['backups/team-c/*'], []]) expect(warned(FOREIGN, opened(...paths))).toHaveLength(1);
  });

  it('is judged by the controller where no namespace is known', () => {
    expect(rendered(anInstance(withSpec({ restoreFrom: FOREIGN }), withoutNamespace)).warned('restore/other-tenant')).toEqual([]);
  });
});
