import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../../gitops/propose/text';
import { withEnv, withSpec } from '../builders';
import { proposalOf } from '../gitops/propose/proposal';
import { ROOT } from './pages';

const PAGE = join(ROOT, 'docs/gitops.md');
const FENCE = /(All that users wrote stands in code[^]*?```text\n)([^]*?)```\n/;

const tag = (text: string) => withSpec({ image: { tag: text } });

it('docs/gitops.md shows a pull request as it is written', () => {
  const { title, body } = textOf(proposalOf([tag('2026.9.6')], [tag('2026.9.7'), withEnv({ name: 'EDITOR', value: 'nano' })]));
  // A fence cannot hold another one, and hashes move with every release.
  const shown = `${title}\n\n${body.trimEnd()}\n`.replaceAll('```', '~~~').replaceAll(/\b(?:[0-9a-f]{64}|c{32})\b/g, '...');
  const page = readFileSync(PAGE, 'utf8');
  if (process.env['UPDATE_DOCS'] === '1')
    writeFileSync(
      PAGE,
      page.replace(FENCE, (_, before: string) => `${before}${shown}\`\`\`\n`),
    );
  expect(FENCE.exec(readFileSync(PAGE, 'utf8'))?.[2]).toBe(shown);
});
