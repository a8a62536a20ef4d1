import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a model is told in one turn: the conversation until then, and what is new. */
interface Asked {
  readonly stream?: boolean;
  readonly messages?: readonly unknown[];
}

/** A model in the test's hand, behind the API that most providers have: it says one sentence, and remembers what it was told. */
export class ModelServer {
  /** All that it was told, one text a turn. */
  public readonly turns: string[] = [];
  public answer = '';

  private constructor(private readonly server: Server) {}

  public static async start(): Promise<ModelServer> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const asked: Asked = JSON.parse(Buffer.concat(chunks).toString());
        model.turns.push(JSON.stringify(asked.messages));
        const body = asked.stream === true ? model.stream() : JSON.stringify(model.message('message'));
        response.writeHead(200, { 'content-type': asked.stream === true ? 'text/event-stream' : 'application/json' }).end(body);
      });
    });
    const model = new ModelServer(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return model;
  }

  /** What an instance needs in its configuration to talk to it. */
  public get config(): { readonly [key: string]: unknown } {
    const { port } = this.server.address() as AddressInfo;
    const models = [{ id: 'one', name: 'one', contextWindow: 64_000, maxTokens: 1000 }];
    const provider = { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', api: 'openai-completions', models };
    return { models: { providers: { local: provider } }, agents: { defaults: { model: { primary: 'local/one' } } } };
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => {
      this.server.close(resolve);
    });
  }

  private message(field: 'message' | 'delta'): object {
    const choice = { index: 0, [field]: { role: 'assistant', content: this.answer }, finish_reason: 'stop' };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    return { id: 'turn', object: 'chat.completion', created: 1, model: 'one', choices: [choice], usage };
  }

  private stream(): string {
    return `data: ${JSON.stringify({ ...this.message('delta'), object: 'chat.completion.chunk' })}\n\ndata: [DONE]\n\n`;
  }
}
