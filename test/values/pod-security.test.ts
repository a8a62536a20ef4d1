import { containerControls, restrictedVolumes } from '../../constructs/core/pod-security';
import { FIELDS, SOURCES, appArmorKey, completed, hardened, warnings, withField } from './pod-security';

/** The same as in the cluster tests, without a server: what it turns away is warned of. */
describe('T-R20 the restricted level', () => {
  it.each(containerControls.flatMap(({ fields }) => fields))('warns of %s', (field) => {
    const [refused, admitted] = FIELDS[field] ?? [];
    const sidecars = (value: unknown) => ({ sidecars: [completed(withField(hardened, field.split('.'), value), field)] });
    expect(warnings(sidecars(admitted))).toEqual([]);
    expect(warnings(sidecars(refused))).toContain(`spec.sidecars[0].${field.replace('[]', '[0]')}`);
  });

  it.each(Object.keys(SOURCES))('knows volumes of kind %s', (source) => {
    const extraVolumes = [{ name: 'v', [source]: SOURCES[source] }];
    expect(warnings({ extraVolumes })).toEqual(restrictedVolumes.has(source) ? [] : [`spec.extraVolumes[0].${source}`]);
  });

  it('warns of an annotation that turns AppArmor off', () => {
    expect(warnings({ podAnnotations: { [appArmorKey('openclaw')]: 'localhost/a' } })).toEqual([]);
    expect(warnings({ podAnnotations: { [appArmorKey('openclaw')]: 'unconfined' } })).toEqual([
      `spec.podAnnotations[${appArmorKey('openclaw')}]`,
    ]);
  });
});
