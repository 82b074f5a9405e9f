import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tallystick } from '@tallystick/sdk';
import { type DeliveringOptions, tallystickFastify } from '@tallystick/sdk/fastify';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { UsageServer } from '../recorder/usage-server.ts';

/** A host application with the plugin, and where its calls go. */
export class Host {
  readonly usage = new UsageServer();
  readonly spool_folder = mkdtempSync(join(tmpdir(), 'tallystick-host-'));
  app: FastifyInstance = fastify();
  base_url = '';

  /** `build` adds the routes, before or after the plugin. */
  async start(
    build: (app: FastifyInstance, register: () => void) => void | Promise<void>,
    options: Partial<DeliveringOptions> = {},
    server_options: FastifyServerOptions = {},
  ): Promise<void> {
    await this.usage.start();
    this.app = fastify(server_options);
    const client = new Tallystick({ base_url: this.usage.base_url, api_key: 'key_of_the_host' });
    const { spool_folder } = this;
    await build(this.app, () => {
      this.app.register(tallystickFastify, {
        client,
        spool_folder,
        ...options,
        recorder_options: { batch_wait_ms: 5, retry_pause_max_ms: 20, ...options.recorder_options },
      });
    });
    this.base_url = await this.app.listen({ host: '127.0.0.1', port: 0 });
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.base_url + path, init);
  }

  /** What was recorded as `METHOD endpoint status`, once all of it was delivered. */
  async recorded(): Promise<string[]> {
    await this.app.close();
    return this.usage.events.map(
      ({ method, endpoint, status_code }) => `${method} ${endpoint} ${status_code}`,
    );
  }

  async end(): Promise<void> {
    await this.app.close();
    await this.usage.stop();
    rmSync(this.spool_folder, { recursive: true, force: true });
  }
}
