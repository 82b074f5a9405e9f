#!/usr/bin/env node
// The entry of the CLI. It has to load on any Node that npm may run on: plain JavaScript, and nothing that is newer
// than Node 18 before the version is known.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

const needed = 24;

if (Number.parseInt(process.versions.node, 10) >= needed) await start();
else startOnNewerNode();

/** Runs the CLI in this process: from its sources in a checkout, else from what was built. */
async function start() {
  const source = new URL('../src/main.ts', import.meta.url);
  const fromSource = existsSync(source);
  if (fromSource) {
    // Workspaces import each other's .ts by a condition of their exports, so that development needs no build.
    module.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'tallystick-source'] }),
    });
  }
  if (process.channel) dieWithParent();
  const { main } = await import(fromSource ? source.href : new URL('../dist/main.js', import.meta.url).href);
  const code = await main(process.argv.slice(2), process.env);
  if (typeof code === 'number') process.exitCode = code;
}

/** Where the parent was killed without a chance to pass it on, the server must not live on and hold the data folder. */
function dieWithParent() {
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}

/** Runs this file again on the Node that came with the lock file, and stands aside: signals go in, its end comes out. */
function startOnNewerNode() {
  const node = newerNode();
  if (!node) {
    console.error(
      `Tallystick needs Node ${needed} or newer; this is ${process.versions.node}, and none came with the packages. ` +
        `Install Node ${needed}, or run npm ci without --omit=optional.`,
    );
    process.exit(1);
  }
  const child = spawn(node, process.argv.slice(1), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // Only the first signal is passed on: a second one must not cut the flush short. A terminal's Ctrl-C reaches the
  // child by itself, and main() takes signals of one shutdown as one.
  const passed = new Set();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      if (!passed.has(signal)) child.kill(signal);
      passed.add(signal);
    });
  }
  child.on('error', (error) => {
    console.error(`Tallystick cannot run ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** The binary of the package node-<platform>-<architecture>, an optional dependency of the workspace's root. */
function newerNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const manifest = createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`);
    const node = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}
