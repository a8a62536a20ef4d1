import { join } from 'node:path';
import { synthesize } from '../../../app/cli/synthesize';
import { readInputs } from '../../../app/input/inputs';
import { folderWith, removeFolders } from '../program';

afterAll(removeFolders);

function instance(name: string, spec = '{}', namespace = 'team-a'): string {
  return `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;
}

const BROWSER = '{chromium: {enabled: true, persistence: {enabled: true}}}';

function errorsOf(documents: readonly string[], renderToo: boolean): string[] {
  const file = join(folderWith({ 'fleet.yaml': documents.join('---\n') }), 'fleet.yaml');
  const { issues } = synthesize(readInputs([file]), renderToo);
  return issues
    .filter(({ severity }) => severity === 'error')
    .map(({ line, path, rule, message }) => `${line} ${path} ${rule}: ${message}`);
}

describe.each([true, false])('T-T4 instances of one run, rendered: %s', (renderToo) => {
  it.each<[string, readonly string[], string]>([
    [
      'the browser profile of one and the data of another',
      [instance('x', BROWSER), instance('x-chromium')],
      'PersistentVolumeClaim x-chromium-data',
    ],
    ['in any order', [instance('x-chromium'), instance('x', BROWSER)], 'PersistentVolumeClaim x-chromium-data'],
    ['the Service to a browser and that of another', [instance('x', BROWSER), instance('x-cdp')], 'Service x-cdp'],
  ])('are refused where they share an object: %s', (_what, documents, object) => {
    const errors = errorsOf(documents, renderToo);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^8 metadata\.name names-meet: /);
    expect(errors[0]).toContain(`${object} would be an object of "x`);
    expect(errors[0]).toMatch(/fleet\.yaml:1\): rename one of the two instances$/);
  });

  it.each<[string, readonly string[]]>([
    ['without the feature', [instance('x'), instance('x-chromium'), instance('x-cdp')]],
    ['in other namespaces', [instance('x', BROWSER), instance('x-chromium', '{}', 'team-b')]],
    ['with names that only begin alike', [instance('x', BROWSER), instance('xy-chromium'), instance('x-data'), instance('x-config')]],
  ])('are let pass %s', (_what, documents) => {
    expect(errorsOf(documents, renderToo)).toEqual([]);
  });
});
