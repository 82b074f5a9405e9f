import { timeOfId } from '../../id/index.ts';
import { holdAnswer, releaseAnswer, settleAnswer, useAnswer } from '../answers.ts';
import type { WriteKind, Written } from '../token-write.ts';
import { type Run, readHolds, readUses } from './read-batch.ts';
import type { WriteItem } from './write-item.ts';

/** A write that was answered before, and the row that has the answer. */
export interface RecalledItem {
  item: WriteItem;
  status: number;
  ref_id: string;
}

/** Answers writes that were answered before, with what the rows say that their keys refer to. */
export async function recallAnswers(run: Run, items: readonly RecalledItem[]): Promise<void> {
  const names = (kinds: readonly WriteKind[]) =>
    items
      .filter(({ item }) => kinds.includes(item.write.kind))
      .map(({ item, ref_id }) => ({ tenant_id: item.tenant_id, id: ref_id }));
  try {
    const [uses, holds] = await Promise.all([
      readUses(
        run,
        names(['use', 'settle']).map((name) => ({ ...name, occurred_at: timeOfId(name.id) })),
      ),
      readHolds(run, names(['hold', 'release'])),
    ]);
    const use_of = new Map(uses.map((use) => [use.usage_id, use]));
    const hold_of = new Map(holds.map((hold) => [hold.hold_id, hold]));
    const answers = {
      use: (id: string) => useAnswer(found(use_of, id)),
      settle: (id: string) => settleAnswer(found(use_of, id)),
      hold: (id: string) => holdAnswer(found(hold_of, id)),
      release: (id: string) => releaseAnswer(found(hold_of, id)),
    } as const;
    for (const { item, status, ref_id } of items) {
      const body = answers[item.write.kind](ref_id);
      item.resolve({ status, body, replayed: true } as Written<WriteKind>);
    }
  } catch (error) {
    for (const { item } of items) item.reject(error);
  }
}

function found<Row>(rows: ReadonlyMap<string, Row>, id: string): Row {
  const row = rows.get(id);
  if (row === undefined) throw new Error(`a request's key refers to ${id}, which is not there`);
  return row;
}
