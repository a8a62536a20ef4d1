import type { PackageFiles } from './registry';

/** A package with a program, and with a lifecycle script that would be seen. */
export const TOOL: PackageFiles = {
  manifest: {
    name: '@acme/tool',
    version: '1.0.0',
    bin: { tool: 'tool.js' },
    scripts: { preinstall: 'touch "$EVIDENCE"', install: 'touch "$EVIDENCE"', postinstall: 'touch "$EVIDENCE"' },
    peerDependencies: { openclaw: '*' },
  },
  files: { 'tool.js': '#!/usr/bin/env node\nconsole.log("tool at work");\n' },
};

/** A package that is a skill of the application. */
export const NPM_SKILL: PackageFiles = {
  manifest: { name: 'npm-skill', version: '1.0.0' },
  files: { 'SKILL.md': '---\nname: npm-skill\ndescription: A skill from npm.\n---\n# Skill\n' },
};

/** A plugin of the application that says that it was loaded. */
export const PLUGIN: PackageFiles = {
  manifest: { name: '@acme/greeter', version: '1.0.0', type: 'module', openclaw: { extensions: ['./index.js'] } },
  files: {
    'openclaw.plugin.json': JSON.stringify({
      id: 'greeter',
      name: 'Greeter',
      configSchema: { type: 'object', additionalProperties: false, properties: {} },
    }),
    'index.js': 'export default { id: "greeter", register() {} };\n',
  },
};

/**
 * In the place of ClawHub's own installer: it takes the same arguments, puts the same files to the same place, and refuses what is there, as
 * 0.23.3 does. The registry of skills is a variable: `@owner/slug slug ...`.
 */
export const CLAWHUB: PackageFiles = {
  manifest: { name: 'clawhub', version: '0.23.3', type: 'module', bin: { clawhub: 'bin/clawhub.js' } },
  files: {
    'bin/clawhub.js': `
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
const args = process.argv.slice(2);
const valueOf = (flag) => (args.includes(flag) ? args.splice(args.indexOf(flag), 2)[1] : undefined);
const workdir = valueOf('--workdir');
const version = valueOf('--version') ?? '1.0.0';
const [noInput, command, slug] = args;
if (noInput !== '--no-input' || command !== 'install') throw new Error('usage');
if (!process.env.KNOWN_SKILLS.split(' ').includes(slug)) { console.error('Skill not found'); process.exit(1); }
const target = join(workdir, 'skills', slug);
if (existsSync(target)) { console.error('Already installed: ' + target + ' (use --force)'); process.exit(1); }
mkdirSync(join(target, '.clawhub'), { recursive: true });
const name = slug.split('/').at(-1);
writeFileSync(join(target, 'SKILL.md'), \`---\\nname: \${name}\\ndescription: Skill \${name} \${version}.\\n---\\n# \${name}\\n\`);
writeFileSync(join(target, '.clawhub', 'origin.json'), JSON.stringify({ slug, version }));
`,
  },
};
