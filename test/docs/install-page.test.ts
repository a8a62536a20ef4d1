import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { writeDocuments } from '../../constructs/wire/yaml/write-yaml';
import { installManifests } from '../../controller/install/install-chart';
import { webhookRegistration } from '../../controller/webhook/registration';
import { anInstall } from '../controller/install/install-options';
import { ROOT, fencesOf, pageText, quoted, tableUnder } from './pages';

const ADMISSION = 'docs/admission.md';

describe('docs/admission.md', () => {
  it('has the registration that an install has', () => {
    const [page] = fencesOf(ADMISSION).filter(({ language }) => language === 'yaml');
    const [service = '', before = ''] = page?.text.split('---\n') ?? [];
    const registration = writeDocuments([webhookRegistration({ namespace: 'openclaw-system' }) as Record<string, unknown>]);
    // `UPDATE_DOCS=1 npx jest test/docs/install-page.test.ts` writes it anew.
    if (process.env['UPDATE_DOCS']) {
      writeFileSync(
        join(ROOT, ADMISSION),
        pageText(ADMISSION).replace(`---\n${before}`, () => registration),
      );
    }
    const [live] = fencesOf(ADMISSION).filter(({ language }) => language === 'yaml');
    expect(live?.text).toBe(`${service}${registration}`);
  });

  it('has the Service that an install has, but for the names of its ports in the pod', () => {
    const [page] = fencesOf(ADMISSION).filter(({ language }) => language === 'yaml');
    const [written] = parseAllDocuments(page?.text ?? '').map((document) => document.toJS() as { spec: { ports: object[] } });
    const service = installManifests(anInstall()).find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'openclaw-webhook');
    const { spec } = service as unknown as { spec: { ports: object[] } };
    expect({ ...written?.spec, ports: [{ ...written?.spec.ports[0], targetPort: 'webhook' }] }).toEqual(spec);
  });
});

describe('docs/install.md', () => {
  it('names every kind of object that an install has', () => {
    const named = tableUnder('docs/install.md', 'What is installed')
      .map(([first = '']) => first)
      .join(' ');
    const kinds = [...new Set(installManifests(anInstall()).map(({ kind }) => kind))];
    // A binding goes with its role or its policy.
    const missing = kinds.filter((kind) => !kind.endsWith('Binding') && !new RegExp(`${kind.replace(/y$/, '(?:y|ie)')}s?\\b`).test(named));
    expect(missing).toEqual([]);
    expect(quoted(named)).toContain('openclaw-controller-view');
  });
});
