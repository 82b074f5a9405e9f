export { type DemoSignIns, renewDemoSignIns } from './demo-sign-ins.ts';
export { type DemoInput, type DemoSummary, loadDemo } from './load-demo.ts';
export { welcome } from './welcome.ts';
