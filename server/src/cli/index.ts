export { builtDashboard } from './built-dashboard.ts';
export type { Output, Shell } from './command.ts';
export type { Composition } from './composition.ts';
export { runCli } from './run-cli.ts';
