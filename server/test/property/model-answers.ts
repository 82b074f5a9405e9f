import type { Answer } from './model-book.ts';

export type RouteName = 'purchase' | 'grant' | 'use' | 'hold' | 'settle' | 'release' | 'refund';

/** A write as a client sends it. */
export interface Request {
  tenant: number;
  route: RouteName;
  body: Record<string, string | number>;
  /** The hold that the path names. */
  hold_id?: string;
  /** The Idempotency-Key. */
  key?: string;
  /** The provider takes the money and its answer is lost. */
  lost?: boolean;
}

/** What the contract says of a request. `learn` tells the model the ids of a first answer. */
export interface Expected {
  status: number;
  replayed: boolean;
  answer: Answer;
  learn(answer: Answer): void;
}

/** A refusal leaves no trace. */
export class Refusal extends Error {
  readonly status: number;
  readonly answer: Answer;
  constructor(status: number, code: string, more: Answer = {}) {
    super(code);
    this.status = status;
    this.answer = { code, ...more };
  }
}

/** The first answer again. */
export function replay(status: number, answer: Answer): Expected {
  return { status, replayed: true, answer, learn: () => undefined };
}

/** An answer that was not given before. */
export function first(
  status: number,
  answer: Answer,
  learn: (answer: Answer) => void = () => undefined,
): Expected {
  return { status, replayed: false, answer, learn };
}
