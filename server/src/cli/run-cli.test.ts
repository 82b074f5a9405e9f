import { describe, expect, test } from 'vitest';
import type { Shell } from './command.ts';
import { progressBar } from './progress-bar.ts';
import { runCli } from './run-cli.ts';

/** Runs a command that must not get as far as a database. */
async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const printed = { stdout: '', stderr: '' };
  const shell: Shell = {
    env,
    cwd: '/',
    version: '1.2.3',
    compose: () => Promise.reject(new Error('the database was opened')),
    stdout: (text) => {
      printed.stdout += text;
    },
    stderr: (text) => {
      printed.stderr += text;
    },
  };
  return { code: await runCli(argv, shell), ...printed };
}

describe('the command line', () => {
  test.each([
    [['help'], /^usage: tallystick <command>\n/],
    [['--version'], /^1\.2\.3\n$/],
    [['keys', '--help'], /^usage: tallystick keys create/],
  ])('%j answers on stdout', async (argv, pattern) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(pattern);
  });

  test.each([
    [[], /^usage: tallystick <command>\n/],
    [['dance'], /^tallystick: there is no command "dance"\n\nusage: /],
    [['serve', 'now'], /^tallystick serve: "now" is one argument too many\nusage: tallystick serve\n$/],
    [['audit', '--loud'], /^tallystick audit: .*--loud.*\nusage: tallystick audit \[--json\]\n$/],
    [['backup'], /^tallystick backup: FILE is missing\n/],
    [['restore'], /^tallystick restore: FILE is missing\n/],
    [['keys', 'create'], /^tallystick keys: it takes either --operator or --tenant ID\n/],
    [['keys', 'create', '--tenant', 'me'], /^tallystick keys: --tenant takes a UUID\n/],
    [
      ['keys', 'create', '--operator', '--scopes', 'all'],
      /^tallystick keys: --scopes takes read, write, admin/,
    ],
    [['keys', 'create', '--operator', '--name', ''], /^tallystick keys: --name takes 1 to 200 characters/],
    [['keys', 'shred', '--operator'], /^tallystick keys: there is no keys shred\n/],
  ])('%j is refused with its usage and code 2', async (argv, pattern) => {
    const { code, stdout, stderr } = await run(argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(pattern);
  });

  test.each([['serve'], ['demo'], ['audit'], ['migrate']])(
    '%s says in one line that a variable is bad',
    async (name) => {
      expect(await run([name], { PORT: 'four thousand' })).toEqual({
        code: 1,
        stdout: '',
        stderr: 'tallystick: PORT holds "four thousand"; it takes a port from 0 to 65535\n',
      });
    },
  );

  test('restore is for the embedded database', async () => {
    const { code, stderr } = await run(['restore', 'file'], { DATABASE_URL: 'postgres://a:b@localhost/c' });
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('with DATABASE_URL use the tools of PostgreSQL'),
    ]);
  });
});

describe('the progress bar', () => {
  function draw(terminal: boolean, steps: readonly number[]): string {
    let drawn = '';
    const stderr = (text: string) => {
      drawn += text;
    };
    const bar = progressBar({ stderr }, terminal, 'loading demo data');
    for (const step of steps) bar(step);
    return drawn;
  }

  test('is drawn over itself on a terminal, and ends its line', () => {
    const drawn = draw(true, [0, 0.001, 0.5, 0.5, 1]);
    expect(drawn.split('\r').slice(1)).toEqual([
      `loading demo data [${' '.repeat(40)}] 0%`,
      `loading demo data [${'#'.repeat(20)}${' '.repeat(20)}] 50%`,
      `loading demo data [${'#'.repeat(40)}] 100%\n`,
    ]);
  });

  test('is a line for each tenth in a log', () => {
    const drawn = draw(
      false,
      Array.from({ length: 101 }, (_, percent) => percent / 100),
    );
    expect(drawn.match(/\d+%\n/g)).toEqual(Array.from({ length: 10 }, (_, tenth) => `${tenth + 1}0%\n`));
  });
});
