import { readConfig } from '../config/index.ts';
import { type DemoSignIns, type DemoSummary, loadDemo, renewDemoSignIns, welcome } from '../demo/index.ts';
import { parseArguments } from './arguments.ts';
import type { LocalCommand } from './command.ts';
import { progressBar } from './progress-bar.ts';
import { runServer } from './run-server.ts';

/** Serves with the feature on, and with demo data where the database is empty. */
export const demoCommand: LocalCommand = {
  name: 'demo',
  summary: 'serve with ENABLE_MONETIZATION=true, and demo data in an empty database',
  usage: '',
  run: async (shell, args) => {
    parseArguments(args, {});
    // A line for each request would bury what the newcomer is shown.
    const config = readConfig({
      ...shell.env,
      ENABLE_MONETIZATION: 'true',
      LOG_LEVEL: shell.env.LOG_LEVEL || 'warn',
    });
    let loaded: { summary: DemoSummary; sign_ins: DemoSignIns } | undefined;
    return await runServer(shell, config, {
      before: async ({ services }) => {
        const progress = progressBar(shell, process.stderr.isTTY === true, 'loading demo data');
        const summary = await loadDemo({ services, progress });
        if (summary === undefined) return;
        const sign_ins = await renewDemoSignIns(services, summary.example.tenant_id, {
          email: config.tallystickOperatorEmail,
          password: config.tallystickOperatorPassword,
        });
        loaded = { summary, sign_ins };
      },
      ready: (address, dashboard) => {
        if (loaded) {
          const { summary, sign_ins } = loaded;
          shell.stdout(`${welcome(address, summary, { dashboard, sign_ins })}\n`);
          return;
        }
        shell.stdout(
          `This database has tenants of its own, so no demo data was loaded. See ${dashboard ?? `${address}/docs`}\n`,
        );
      },
    });
  },
};
