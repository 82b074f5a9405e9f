import { expect } from 'vitest';
import type { TestApp } from '../harness/test-app.ts';

/** What a month's figures say of an account. */
export interface AccountRow {
  account: string;
  opening_cents: number;
  debits_cents: number;
  credits_cents: number;
  closing_cents: number;
}

/** A month as GET /revenue answers it. */
export interface FiguresRow {
  month: string;
  currency: string;
  status: 'running' | 'open' | 'closed';
  recognised_cents: number;
  deferred_cents: number;
  by_stream: Record<string, number>;
  accounts: AccountRow[];
  identity_holds: boolean;
  [figure: string]: unknown;
}

/** A month as GET /metrics/revenue answers it. */
export interface MetricsRow {
  month: string;
  opening_mrr_cents: number;
  new_cents: number;
  reactivation_cents: number;
  expansion_cents: number;
  contraction_cents: number;
  churn_cents: number;
  closing_mrr_cents: number;
  recognised_cents: number;
  by_stream: Record<string, number>;
  [figure: string]: unknown;
}

/** What the operator is answered as a seller, or whoever is named as itself. */
export async function figuresOf(app: TestApp, query = '', tenant_id?: string): Promise<FiguresRow[]> {
  const headers = tenant_id === undefined ? {} : { 'tallystick-tenant': tenant_id };
  const answer = await app.call(`GET /revenue${query}`, { headers });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().months;
}

export async function metricsOf(
  app: TestApp,
  query = '',
): Promise<Record<string, unknown> & { by_month: MetricsRow[] }> {
  const answer = await app.call(`GET /metrics/revenue${query}`);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json();
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Moves the clock to a time and does whatever has fallen due by then. */
export async function goTo(app: TestApp, at: string): Promise<void> {
  app.clock.set(new Date(at));
  await app.composition.runner.runDue();
}
