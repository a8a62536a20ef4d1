import { parseAllDocuments } from 'yaml';
import { webhookRegistration } from '../../../controller/webhook/registration';
import { fencesOf } from '../../docs/pages';

it('is the one of the page, word for word', () => {
  const [fence] = fencesOf('docs/admission.md').filter(({ language }) => language === 'yaml');
  const documents = parseAllDocuments(fence?.text ?? '').map((document): unknown => document.toJS());
  expect(documents).toContainEqual(webhookRegistration({ namespace: 'openclaw-system', service: 'openclaw-webhook' }));
});
