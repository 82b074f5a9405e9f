export { type DemoInput, type DemoSummary, loadDemo } from './load-demo.ts';
export { welcome } from './welcome.ts';
