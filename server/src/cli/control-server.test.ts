import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runThroughServer } from './control-client.ts';
import { controlPath } from './control-path.ts';
import { type ControlServer, openControlSocket, type Perform } from './control-server.ts';

let folder: string;
let path: string;
let server: ControlServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tallystick-control-'));
  path = join(folder, 'control.sock');
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const request = { command: 'keys', args: ['create', 'ä\n"'], cwd: '/somewhere' };

function collect() {
  const said: string[] = [];
  const output = {
    stdout: (text: string) => void said.push(`out ${text}`),
    stderr: (text: string) => void said.push(`err ${text}`),
  };
  return { said, output };
}

describe('the control socket', () => {
  test('carries a command in, and its output and exit code out', async () => {
    let heard: unknown;
    server = await openControlSocket(path, async (asked, output) => {
      heard = asked;
      output.stdout('one\n');
      output.stderr('two\n');
      output.stdout('three \u2713\n');
      return 3;
    });
    const { said, output } = collect();
    expect(await runThroughServer(path, request, output)).toBe(3);
    expect(heard).toEqual(request);
    expect(said).toEqual(['out one\n', 'err two\n', 'out three \u2713\n']);
  });

  test('takes the place of what a dead server left, and nobody answers there before', async () => {
    writeFileSync(path, '');
    const { output } = collect();
    expect(await runThroughServer(path, request, output)).toBe(undefined);
    expect(await runThroughServer(join(folder, 'none'), request, output)).toBe(undefined);
    server = await openControlSocket(path, async () => 0);
    expect(await runThroughServer(path, request, output)).toBe(0);
  });

  test.each([
    ['what is no JSON', 'hello\n'],
    ['what is no request', '{"command":"keys","args":"create","cwd":"/"}\n'],
  ])('refuses %s', async (_name, text) => {
    const perform: Perform = async () => 0;
    server = await openControlSocket(path, perform);
    const socket = connect(path);
    socket.setEncoding('utf8');
    let answer = '';
    socket.on('data', (piece: string) => {
      answer += piece;
    });
    socket.write(text);
    await once(socket, 'end');
    expect(answer).toContain('does not understand');
    expect(answer).toContain('{"exit":1}');
  });

  test('hangs up on a request without end', async () => {
    server = await openControlSocket(path, async () => 0);
    const socket = connect(path);
    socket.on('error', () => undefined).resume();
    socket.write('x'.repeat(100_000));
    await once(socket, 'close');
  });

  test('a client that goes away cancels nothing, and closing waits for what it began', async () => {
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    let finished = false;
    server = await openControlSocket(path, async (_asked, output) => {
      begun.resolve();
      await go.promise;
      output.stdout('to nobody\n');
      finished = true;
      return 0;
    });
    const socket = connect(path);
    socket.write(`${JSON.stringify(request)}\n`);
    await begun.promise;
    socket.destroy();
    const closed = server.close();
    go.resolve();
    await closed;
    server = undefined;
    expect(finished).toBe(true);
  });

  test('does not wait for a client that says nothing', async () => {
    server = await openControlSocket(path, async () => 0);
    const socket = connect(path);
    await once(socket, 'connect');
    await server.close();
    server = undefined;
    await once(socket.resume(), 'close');
  });

  test('says where the server went away before the end', async () => {
    server = await openControlSocket(path, () => {
      throw new Error('not even a promise');
    });
    const { output } = collect();
    await expect(runThroughServer(path, request, output)).rejects.toThrow('the server went away');
  });
});

describe('its path', () => {
  test('is in the data folder, by the shorter of two ways', () => {
    expect(controlPath('/data', 'linux')).toBe('/data/control.sock');
    const deep = join(process.cwd(), 'x'.repeat(80));
    expect(controlPath(deep, 'linux')).toBe(
      join(deep, 'control.sock').length <= 100
        ? join(deep, 'control.sock')
        : join('x'.repeat(80), 'control.sock'),
    );
  });

  test('is none where it would be too long for a socket, nor on Windows', () => {
    expect(controlPath(join('/', 'x'.repeat(100)), 'linux')).toBe(undefined);
    expect(controlPath('/data', 'win32')).toBe(undefined);
  });
});
