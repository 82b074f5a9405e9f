import type { TokenServices } from '../ai-tokens/index.ts';

/** What the demo loader works with. */
export interface DemoInput {
  services: TokenServices;
  /** Called as it goes, with how much is done: 0 to 1. */
  progress(done: number): void;
}

/** What was loaded. */
export interface DemoSummary {
  tenants: number;
  /** What to try next, one line each, without the operator key. */
  next_steps: readonly string[];
}

/** Loads the demo data into an empty database; undefined where it holds tenants already. */
export async function loadDemo(_input: DemoInput): Promise<DemoSummary | undefined> {
  return undefined;
}
