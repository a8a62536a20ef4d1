import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sandbox } from './sandbox';

const CONFIG = readFileSync(join(__dirname, '..', '..', 'constructs', 'core', 'gateway', 'nginx.conf'), 'utf8');
const withoutComments = CONFIG.replace(/^\s*#.*$/gm, '');

/** The values of a directive, wherever it stands. */
function directives(name: string): string[] {
  return [...withoutComments.matchAll(new RegExp(`^\\s*${name}\\s+([^;]+);`, 'gm'))].map(([, value]) => value ?? '');
}

describe('nginx.conf', () => {
  it('T-D2 has an events block', () => {
    expect(withoutComments).toMatch(/^events \{/m);
  });

  it('T-D3 keeps its pid and all five kinds of temporary files under /tmp, the one folder that it can write to', () => {
    for (const name of ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) {
      expect(directives(`${name}_temp_path`)).toEqual([expect.stringMatching(/^\/tmp\/[a-z-]+$/)]);
    }
    expect(directives('pid')).toEqual([expect.stringMatching(/^\/tmp\//)]);
    expect(directives('error_log')).toEqual(['stderr warn']);
    expect(directives('access_log')).toEqual(['off']);
  });

  it('T-D4 has no URI behind the address that it passes requests to, and no named location', () => {
    expect(directives('proxy_pass')).toEqual(['http://127.0.0.1:18789', 'http://127.0.0.1:18789']);
    expect(withoutComments).not.toMatch(/location @/);
  });

  it('T-D5 keeps long chats: an hour without a byte, a thousand connections at least, IPv6', () => {
    expect(directives('proxy_read_timeout')).toEqual(['1h']);
    expect(directives('proxy_send_timeout')).toEqual(['1h']);
    expect(Number(directives('worker_connections')[0])).toBeGreaterThanOrEqual(1024);
    expect(directives('listen')).toEqual(['18790', '[::]:18790', '18794', '[::]:18794']);
  });

  it('T-B18 comes from an address of its own and says whom it speaks for, so that no client passes for local', () => {
    expect(directives('proxy_bind')).toEqual(['127.0.0.2']);
    expect(directives('proxy_set_header')).toEqual(
      expect.arrayContaining([
        'X-Forwarded-For $proxy_add_x_forwarded_for',
        'Host $http_host',
        'Upgrade $http_upgrade',
        'Connection $connection_upgrade',
      ]),
    );
    expect(directives('proxy_http_version')).toEqual(['1.1']);
  });

  it('streams, and leaves the size of uploads to the application', () => {
    expect(directives('proxy_buffering')).toEqual(['off']);
    expect(directives('proxy_request_buffering')).toEqual(['off']);
    expect(directives('client_max_body_size')).toEqual(['0']);
  });
});

(spawnSync('nginx', ['-v']).error === undefined ? describe : describe.skip)('nginx (skipped where it is not installed)', () => {
  it('accepts the file, as a user without rights', () => {
    const sandbox = new Sandbox();
    try {
      // Its own folder in the place of /tmp: nginx makes the folders that it is told of, and nobody else may meet them.
      mkdirSync(sandbox.path('tmp'));
      for (const folder of [sandbox.folder, sandbox.path('tmp')]) chmodSync(folder, 0o777);
      const file = sandbox.write('nginx.conf', CONFIG.replaceAll('/tmp/', `${sandbox.path('tmp')}/`));
      const user = process.getuid?.() === 0 ? { uid: 101, gid: 101 } : {};
      const { status, stderr } = spawnSync('nginx', ['-t', '-e', 'stderr', '-c', file], { encoding: 'utf8', ...user });
      expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')]);
      expect(stderr).not.toMatch(/\[(?:emerg|alert|crit|error|warn)\]/);
    } finally {
      sandbox.remove();
    }
  });
});
