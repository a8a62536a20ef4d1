import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../program';

async function explained(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('explain', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('explain', () => {
  it('tells a default that the API server does not store', async () => {
    expect(await explained('spec.shareProcessNamespace')).toMatch(/default: true\n$/);
    expect(await explained('spec.suspended')).toMatch(/default: false\n$/);
  });

  it('tells kind, version, type, default and description of a field', async () => {
    expect(await explained('spec.storage.persistence.size')).toMatch(
      /^KIND: {5}OpenClawInstance\nVERSION: {2}openclaw\.rocks\/v1alpha1\n\nFIELD: {4}spec\.storage\.persistence\.size <\w+>\n\nDESCRIPTION:\n {4}\S[^]*default: "10Gi"\n$/,
    );
  });

  it('lists the fields of a group with their descriptions', async () => {
    const text = await explained('spec.gateway');
    expect(text).toMatch(/\nFIELDS:\n/);
    expect(text).toMatch(/\n {2}existingSecret <string>\n {4}\S/);
  });

  it('finds fields without the leading spec, and through lists', async () => {
    expect(await explained('storage.persistence')).toBe(await explained('spec.storage.persistence'));
    expect(await explained('spec.networking.ingress.hosts.host')).toContain('FIELD:    spec.networking.ingress.hosts.host <string>');
  });

  it.each([
    ['openclawinstance', 'OpenClawInstance'],
    ['OpenClawSelfConfig', 'OpenClawSelfConfig'],
    ['ocsc', 'OpenClawSelfConfig'],
    ['openclawclusterdefaults', 'OpenClawClusterDefaults'],
  ])('knows the kind %s', async (word, kind) => {
    expect(await explained(`${word}.spec`)).toContain(`KIND:     ${kind}\n`);
  });

  it('explains every field of our own that the CRD has', async () => {
    const crd = parse(readFileSync(join(__dirname, '../../../imports/crds/openclawinstances.yaml'), 'utf8')) as {
      spec: {
        versions: [{ schema: { openAPIV3Schema: { properties: { spec: { properties: Record<string, { description?: string }> } } } } }];
      };
    };
    const { properties } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
    for (const [name, { description = '' }] of Object.entries(properties)) {
      expect((await explained(`spec.${name}`)).replaceAll(/\s+/g, ' ')).toContain(description.replaceAll(/\s+/g, ' ').trim());
    }
  });

  it('--recursive lists all names below', async () => {
    expect(await explained('spec.storage', '--recursive')).toMatch(/\n {2}persistence <Object>\n(?: {4}.*\n)* {4}size </);
  });

  it('answers a field that there is not with what may be meant', async () => {
    expect(await run('explain', 'spec.storage.persistance')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: spec.storage has no field "persistance": did you mean spec.storage.persistence?\n',
    });
    expect((await run('explain', 'spec.storage.constructor')).stderr).toBe(
      'error: spec.storage has no field "constructor": it has persistence\n',
    );
  });
});
