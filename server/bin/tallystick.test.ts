import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), 'tallystick-bin-'));

/** Makes a process believe that it is Node 20. It is not inherited by what the process starts. */
const asOldNode = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })",
  )}`,
];

const main = `
import { word } from 'neighbour';
export async function main(argv, env) {
  console.log(JSON.stringify({ word, argv, greeting: env.GREETING, pid: process.pid, node: process.versions.node }));
  if (argv[0] === 'exit') return Number(argv[1]);
  if (argv[0] !== 'serve') return;
  let signals = 0;
  const alive = setInterval(() => {}, 1000);
  process.on('SIGTERM', () => {
    signals += 1;
    if (signals > 1) return;
    setTimeout(() => {
      console.log('flushed after ' + signals);
      clearInterval(alive);
    }, 300);
  });
  console.log('ready');
}
`;

/** A checkout in small: the real bin, a main that tells what it got, and a workspace with a source condition. */
beforeAll(() => {
  mkdirSync(join(folder, 'server/src'), { recursive: true });
  mkdirSync(join(folder, 'server/dist'));
  mkdirSync(join(folder, 'neighbour/src'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  cpSync(join(root, 'server/bin/tallystick.js'), join(folder, 'server/bin/tallystick.js'));
  writeFileSync(join(folder, 'server/package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'server/src/main.ts'),
    main.replace('(argv, env)', '(argv: string[], env: any)'),
  );
  writeFileSync(join(folder, 'server/dist/main.js'), main);
  writeFileSync(
    join(folder, 'neighbour/package.json'),
    '{"name":"neighbour","type":"module","exports":{".":{"tallystick-source":"./src/word.ts","default":"./word.js"}}}',
  );
  writeFileSync(join(folder, 'neighbour/src/word.ts'), "export const word: string = 'source';");
  writeFileSync(join(folder, 'neighbour/word.js'), "export const word = 'built';");
  symlinkSync(join(folder, 'neighbour'), join(folder, 'node_modules/neighbour'), 'junction');
  symlinkSync(join(root, 'node_modules', nodePackage), join(folder, 'node_modules', nodePackage), 'junction');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  child: ChildProcess;
  /** Resolves once the text was printed; rejects when the process ends without it. */
  said: (text: string) => Promise<void>;
  ended: Promise<{ code: number | null; output: string }>;
}

function run(nodeArguments: string[], argv: string[]): Run {
  const child = spawn(
    process.execPath,
    [...nodeArguments, join(folder, 'server/bin/tallystick.js'), ...argv],
    {
      env: { ...process.env, GREETING: 'hello', NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout?.on('data', (text) => {
    output += text;
  });
  child.stderr?.on('data', (text) => {
    output += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { child, ended, said: (text) => expect.poll(() => output, { timeout: 10_000 }).toContain(text) };
}

/** What the small main printed about itself. */
function told(output: string): { word: string; argv: string[]; greeting: string; pid: number; node: string } {
  return JSON.parse(output.split('\n')[0] ?? '');
}

describe('on Node 24', () => {
  test('runs main() from source in the same process, workspaces by their sources too', async () => {
    const { child, ended } = run([], ['audit', '--json']);
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(told(output)).toMatchObject({
      word: 'source',
      argv: ['audit', '--json'],
      greeting: 'hello',
      pid: child.pid,
    });
  });

  test('runs what was built where there is no source', async () => {
    rmSync(join(folder, 'server/src'), { recursive: true });
    const { output } = await run([], []).ended;
    mkdirSync(join(folder, 'server/src'));
    writeFileSync(join(folder, 'server/src/main.ts'), main);
    expect(told(output).word).toBe('built');
  });
});

describe('on an older Node', () => {
  test('runs itself again on the Node of the lock file and ends with its code', async () => {
    const { child, ended } = run(asOldNode, ['exit', '7']);
    const { code, output } = await ended;
    expect(code).toBe(7);
    expect(told(output)).toMatchObject({
      argv: ['exit', '7'],
      greeting: 'hello',
      node: process.versions.node,
    });
    expect(told(output).pid).not.toBe(child.pid);
  });

  test('passes SIGTERM on, and a second one does not cut the flush', async () => {
    const { child, ended, said } = run(asOldNode, ['serve']);
    await said('ready');
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    const { code, output } = await ended;
    expect(code).toBe(0);
    expect(output).toContain('flushed after 1');
  });

  test('where it is killed, what it started dies with it', async () => {
    const { child, ended, said } = run(asOldNode, ['serve']);
    await said('ready');
    child.kill('SIGKILL');
    // The output is only closed once the second process is gone as well.
    expect((await ended).output).not.toContain('flushed');
  });

  test('says what is missing where there is no newer Node', async () => {
    rmSync(join(folder, 'node_modules', nodePackage));
    const { code, output } = await run(asOldNode, ['serve']).ended;
    expect(code).toBe(1);
    expect(output).toMatch(/^Tallystick needs Node 24 or newer; this is 20\.20\.2, .*\n$/);
  });
});
