import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readKubeconfig } from '../../../controller/api/kubeconfig';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const one = `
current-context: here
clusters: [{name: c, cluster: {server: https://one, certificate-authority: ca.crt}}]
contexts: [{name: here, context: {cluster: c, user: u}}]
users:
- name: u
  user: {tokenFile: ../token, client-key: /abs/key, exec: {command: bin/login}}
- name: v
  user: {exec: {command: login}}
`;

test('paths lie beside the file; a command without a slash is left to PATH', () => {
  const config = readKubeconfig(write('one', one));
  expect(config.clusters[0]).toMatchObject({ cluster: { 'certificate-authority': join(folder, 'ca.crt') } });
  expect(config.users.map(({ user }) => user)).toEqual([
    { tokenFile: join(folder, '../token'), 'client-key': '/abs/key', exec: { command: join(folder, 'bin/login') } },
    { exec: { command: 'login' } },
  ]);
});

test('a file that cannot be read is named, with what to do', () => {
  expect(() => readKubeconfig(folder)).toThrow(
    `kubeconfig ${folder}: it cannot be read (EISDIR); name a file that you may read, by --kubeconfig or KUBECONFIG`,
  );
});

test('of several files the first entry of a name counts, and the first current-context', () => {
  const other = write(
    'other',
    'current-context: there\nclusters: [{name: c, cluster: {server: https://two}}, {name: d, cluster: {server: https://d}}]',
  );
  const config = readKubeconfig([write('empty', 'kind: Config'), write('one', one), join(folder, 'missing'), other].join(delimiter));
  expect(config['current-context']).toBe('here');
  expect(config.clusters).toMatchObject([{ name: 'c', cluster: { server: 'https://one' } }, { name: 'd' }]);
});

test.each([
  ['broken YAML', 'users: [{name: u, user: {token: "hunter2'],
  ['a text', 'hunter2'],
  ['a list', '[hunter2]'],
  ['nothing', ''],
])('%s is refused by name and not quoted', (_title, text) => {
  const file = write('broken', text);
  let message = '';
  try {
    readKubeconfig(file);
  } catch (error) {
    ({ message } = error as Error);
  }
  expect(message).toContain(`kubeconfig ${file}: `);
  expect(message).not.toContain('hunter2');
});

test('a file that is not there is named', () => {
  expect(() => readKubeconfig('/nowhere')).toThrow('kubeconfig /nowhere: there is no such file');
});
