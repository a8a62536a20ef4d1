import { AnswerTooLargeError, BrokenLineError } from '../../../controller/api/errors';
import type { HttpApi } from '../../../controller/api/http-api';
import type { ApiRequest } from '../../../controller/api/port';
import { json, parts, silence, status, type Step } from './scripted-server';
import { outcome, server, subject } from './subject';

const get: ApiRequest = { method: 'GET', path: '/api/v1/pods' };
const fine = json(200, { fine: true });

describe('a stream', () => {
  const watch: ApiRequest = { ...get, query: { watch: 'true' } };

  async function read(api: HttpApi, signal = new AbortController().signal): Promise<unknown[]> {
    const lines: unknown[] = [];
    for await (const line of api.stream(watch, signal)) lines.push(line);
    return lines;
  }

  test('gives one value a line, wherever the network cuts', async () => {
    const bytes = Buffer.from('{"b":"ä😀"}\n');
    server.script(parts('{"a":1}\n\n{"a"', ':2}', '\n', bytes.subarray(0, 7), bytes.subarray(7, 9), bytes.subarray(9), '{"last":1}'));
    expect(await read(subject().api)).toEqual([{ a: 1 }, { a: 2 }, { b: 'ä😀' }, { last: 1 }]);
  });

  test('a line that is no JSON is an error that does not quote it', async () => {
    server.script(parts('{"a":1}\n', '{"token": hunter2\n', '{"a":2}\n'));
    const error = await read(subject().api).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(BrokenLineError);
    expect(String(error)).not.toContain('hunter2');
  });

  test('a line without an end is not kept for ever', async () => {
    server.script(parts('x'.repeat(600), 'x'.repeat(600)));
    await expect(read(subject({ maxAnswerBytes: 1000 }).api)).rejects.toThrow(AnswerTooLargeError);
  });

  test('a refusal and a cut are told as those of a request are, and not tried again', async () => {
    server.script(status(410, 'Expired'));
    await expect(read(subject().api)).rejects.toMatchObject({ status: 410 });
    server.script((response) => response.writeHead(200).write('{"a":1}\n{"a', () => response.socket?.destroy()));
    await expect(read(subject().api)).rejects.toMatchObject({ name: 'ConnectionError', code: 'ECONNRESET' });
    expect(server.received).toHaveLength(1);
  });

  test('asks for new credentials once', async () => {
    server.script(status(401, 'Unauthorized'), parts('{"a":1}\n'));
    expect(await read(subject().api)).toEqual([{ a: 1 }]);
  });

  test('has 30 seconds to begin, and any time to go on', async () => {
    const tested = subject();
    server.script(silence);
    await expect(outcome(tested, read(tested.api), 5000)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    let response: Parameters<Step>[0] | undefined;
    server.script((given) => {
      response = given;
      given.writeHead(200).flushHeaders();
    });
    const reading = read(tested.api);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await tested.clock.advance(3_600_000);
    response?.end('{"late":1}\n');
    expect(await reading).toEqual([{ late: 1 }]);
  });

  test('ends with its signal, before and after it has begun', async () => {
    const { api } = subject();
    for (const step of [silence, parts('{"a":1}\n', ...Array.from({ length: 1000 }, () => ' '))]) {
      server.script(step);
      const controller = new AbortController();
      const reading = read(api, controller.signal);
      setTimeout(() => controller.abort(new Error('no more')), 30);
      await expect(reading).rejects.toThrow('no more');
    }
  });

  test('takes no connection from requests', async () => {
    const { api } = subject();
    server.script((response, request) => {
      if (request.url.includes('watch')) response.writeHead(200).flushHeaders();
      else fine(response, request);
    });
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const readings = controllers.map(({ signal }) => read(api, signal).catch(() => 'over'));
    expect((await api.request(get)).status).toBe(200);
    for (const controller of controllers) controller.abort();
    expect(new Set(await Promise.all(readings))).toEqual(new Set(['over']));
  });
});
