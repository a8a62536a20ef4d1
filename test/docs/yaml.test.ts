import { readInputs } from '../../app/input/inputs';
import { synthesize } from '../../app/cli/synthesize';
import { isError } from '../../constructs';
import { folderWith, removeFolders } from '../app/program';
import { type Fence, fences, titleOf } from './pages';
import { parseAllDocuments } from 'yaml';

afterAll(removeFolders);

const isOther = ({ info }: Fence): boolean => info === 'other';
const blocks = fences('yaml')
  .filter((fence) => !isOther(fence))
  .map((fence) => [titleOf(fence), fence] as const);

describe('YAML for other programs', () => {
  it.each(
    fences('yaml')
      .filter(isOther)
      .map((fence) => [titleOf(fence), fence] as const),
  )('%s holds objects', (_title, { text }) => {
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      // The one kind that has no spec.
      const body = document.get('kind') === 'ValidatingWebhookConfiguration' ? 'webhooks' : 'spec';
      expect(document.toJS()).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String), [body]: expect.any(Object) });
    }
  });
});

describe('YAML in pages', () => {
  it.each(blocks)('%s resolves, or does not if it says so', (_title, { info, text }) => {
    const inputs = readInputs([folderWith({ 'block.yaml': text })]);
    expect(inputs.instances.length).toBeGreaterThan(0);
    const { issues, sets } = synthesize(inputs, true);
    const errors = issues.filter(isError).map(({ path, message }) => `${path}: ${message}`);
    const isValid = !info.includes('invalid');
    expect({ isValid, errors, rendered: sets.length }).toEqual({
      isValid: errors.length === 0,
      errors: isValid ? [] : errors,
      rendered: isValid ? inputs.instances.length : 0,
    });
  });

  // A warning in an example teaches a bad habit.
  it.each(blocks.filter(([, { info }]) => !info.includes('invalid')))(
    '%s warns of nothing but moving helper images',
    (_title, { text }) => {
      const { issues } = synthesize(readInputs([folderWith({ 'block.yaml': text })]), false);
      expect(issues.filter(({ rule }) => !/^[a-z-]+\/unpinned$/.test(rule))).toEqual([]);
    },
  );
});
