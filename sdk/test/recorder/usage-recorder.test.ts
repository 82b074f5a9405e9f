import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { UndeliveredError } from '@tallystick/sdk/recorder';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Received } from './receiver.ts';
import { away, expectAccountedFor, nextTurn, Recording, record } from './recording.ts';

let recording: Recording;
beforeEach(() => {
  recording = new Recording();
});
afterEach(() => recording.end());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('delivery', () => {
  test('what is recorded arrives once, in order, in batches, and leaves no file', async () => {
    const sizes: number[] = [];
    recording.obstacle = (_signal, batch) => void sizes.push(batch.length);
    const recorder = recording.newRecorder({ batch_events_max: 100 });
    record(recorder, 1234);
    await recorder.flush();
    expect([...recording.receiver.kept.keys()]).toEqual(
      Array.from({ length: 1234 }, (_, index) => `call-${index}`),
    );
    expect(sizes).toEqual([...Array.from({ length: 12 }, () => 100), 34]);
    expect(recording.segments()).toEqual([]);
    expect(recorder.figures).toEqual({
      recorded: 1234,
      adopted: 0,
      delivered: 1234,
      duplicates: 0,
      rejected: 0,
      set_aside: 0,
      dropped: 0,
      pending: 0,
      spooled: 0,
      spool_bytes: 0,
    });
  });

  test('a batch goes when it waited long enough, without anybody asking', async () => {
    const recorder = recording.newRecorder();
    record(recorder, 3);
    await expect.poll(() => recording.receiver.kept.size).toBe(3);
    await expect.poll(() => recorder.figures.pending).toBe(0);
  });

  test('it is on disk at the end of the turn, and before it is delivered', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder();
    record(recorder, 3);
    expect(recording.segments()).toEqual([]);
    await nextTurn();
    expect(recording.segments()).toHaveLength(1);
    expect(readFileSync(join(recording.folder, recording.segments()[0] ?? ''), 'utf8')).toBe(
      '{"id":"call-0"}\n{"id":"call-1"}\n{"id":"call-2"}\n',
    );
    expect(recorder.figures).toMatchObject({ pending: 3, spooled: 3, delivered: 0 });
  });

  test('one delivery at a time', async () => {
    let under_way = 0;
    let most = 0;
    recording.obstacle = async () => {
      under_way += 1;
      most = Math.max(most, under_way);
      await nextTurn();
      under_way -= 1;
    };
    const recorder = recording.newRecorder({ batch_events_max: 10 });
    record(recorder, 100);
    await recorder.flush();
    expect(most).toBe(1);
    expect(recording.receiver.kept.size).toBe(100);
  });
});

describe('a receiver that is away', () => {
  test('comes back, and everything arrives', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder({ batch_events_max: 50 });
    record(recorder, 500);
    await expect.poll(() => recording.trouble.length).toBeGreaterThan(3);
    expect(recording.trouble[0]).toMatchObject({ kind: 'delivery_failed', events: 50 });
    recording.obstacle = () => undefined;
    await expect.poll(() => recording.receiver.kept.size).toBe(500);
    await recorder.flush();
    expect(recorder.figures).toMatchObject({ delivered: 500, duplicates: 0, pending: 0 });
  });

  test('kept the batch and lost the answer: nothing is doubled', async () => {
    let answers = 0;
    const recorder = recording.newRecorder({
      batch_events_max: 10,
      deliver: async (events) => {
        const answer = recording.receiver.receive(events);
        if (answers++ % 2 === 0) throw new Error('cut off');
        return answer;
      },
    });
    record(recorder, 100);
    await expect.poll(() => recorder.figures.pending).toBe(0);
    expect(recording.receiver.kept.size).toBe(100);
    expect(recorder.figures).toMatchObject({ delivered: 0, duplicates: 100 });
  });

  test('hangs, and minds no signal: the delivery is over all the same', async () => {
    recording.obstacle = () => new Promise(() => undefined);
    const recorder = recording.newRecorder({ delivery_timeout_ms: 5 });
    record(recorder, 1);
    await expect.poll(() => recording.trouble[0]?.detail).toMatch(/not delivered within 5 ms/);
    recording.obstacle = () => undefined;
    await expect.poll(() => recording.receiver.kept.size).toBe(1);
  });

  test('answers what is no answer: that is no delivery', async () => {
    let pages = 2;
    const recorder = recording.newRecorder({
      deliver: async (events) => (pages-- > 0 ? ({} as never) : recording.receiver.receive(events)),
    });
    record(recorder, 7);
    await expect.poll(() => recording.receiver.kept.size).toBe(7);
    expect(recording.trouble.map(({ kind }) => kind)).toEqual(['delivery_failed', 'delivery_failed']);
  });

  test('flush rejects as soon as an attempt fails, and the recorder goes on', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder();
    record(recorder, 2);
    await expect(recorder.flush()).rejects.toThrow(UndeliveredError);
    recording.obstacle = () => undefined;
    await recorder.flush();
    expect(recording.receiver.kept.size).toBe(2);
  });

  test('memory holds no more than its bound, and all 200,000 arrive', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder({ retry_pause_max_ms: 50 });
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 200_000; index++) {
      recorder.record({ id: `away-${index}`, endpoint: '/episodes/:id', note: 'x'.repeat(200) + index });
      if (index % 1000 === 0) await nextTurn();
    }
    await nextTurn();
    expect(recorder.figures).toMatchObject({ pending: 200_000, spooled: 200_000, dropped: 0 });
    expect(recorder.figures.spool_bytes).toBeGreaterThan(200_000 * 250);
    collectGarbage();
    // All of it would be over 100 MB; what is kept of it is 10,000 events.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    recording.obstacle = () => undefined;
    await expect.poll(() => recording.receiver.kept.size, { timeout: 20_000 }).toBe(200_000);
    await expect.poll(() => recording.segments()).toEqual([]);
  });
});

describe('refusals', () => {
  test('of single events: they are in rejected.jsonl, and do not come again', async () => {
    recording.receiver.reasonToReject = ({ id }) => (id.endsWith('3') ? 'a three' : undefined);
    const recorder = recording.newRecorder();
    record(recorder, 10);
    await recorder.flush();
    expect(recorder.figures).toMatchObject({ delivered: 9, rejected: 1, pending: 0 });
    expect(recording.trouble).toMatchObject([{ kind: 'events_rejected', events: 1 }]);
    expect(JSON.parse(readFileSync(join(recording.folder, 'rejected.jsonl'), 'utf8'))).toEqual({
      code: 'event_invalid',
      detail: 'a three',
      event: { id: 'call-3' },
    });
  });

  test('the file of rejected events does not grow without bound', async () => {
    recording.receiver.reasonToReject = () => 'no reason';
    const recorder = recording.newRecorder({ rejected_bytes_max: 500 });
    for (let round = 0; round < 30; round++) {
      record(recorder, 5, `round-${round}`);
      await recorder.flush();
    }
    const size = (name: string) => readFileSync(join(recording.folder, name)).length;
    expect(size('rejected.jsonl')).toBeLessThan(1000);
    expect(size('rejected.old.jsonl')).toBeLessThan(1000);
  });

  test('of a whole batch: it stays on disk, the others go on, and the next start tries it again', async () => {
    recording.obstacle = (_signal, batch) => {
      if (batch.some(({ id }) => id === 'call-13')) throw new Error('too strange');
    };
    const recorder = recording.newRecorder({
      batch_events_max: 10,
      judgeFailure: () => ({ kind: 'batch_refused' }),
    });
    record(recorder, 30);
    await expect(recorder.flush()).rejects.toThrow('too strange');
    await recorder.flush();
    expect(recorder.figures).toMatchObject({ delivered: 20, set_aside: 10, pending: 0 });
    expect(recording.trouble).toMatchObject([{ kind: 'delivery_refused', events: 10 }]);
    await recorder.close();
    expect(recording.segments()).toHaveLength(1);
    recording.obstacle = () => undefined;
    const next = recording.newRecorder();
    await next.flush();
    expect(next.figures).toMatchObject({ adopted: 10, delivered: 10 });
    expect(recording.receiver.kept.size).toBe(30);
  });

  test('of everything: all waits on disk, and it is asked seldom', async () => {
    let asked = 0;
    recording.obstacle = () => {
      asked += 1;
      away();
    };
    const recorder = recording.newRecorder({
      batch_events_max: 10,
      judgeFailure: () => ({ kind: 'refused' }),
    });
    record(recorder, 30);
    await expect(recorder.flush()).rejects.toThrow('away');
    await expect(recorder.flush()).rejects.toThrow('away');
    expect(asked).toBe(1);
    // There is no point in waiting for a minute that is longer than the deadline.
    await recorder.close(30_000);
    expect(asked).toBe(1);
    expect(recorder.figures).toMatchObject({ pending: 30, spooled: 30, set_aside: 0 });
  });

  test('a time to wait for is waited for in full, and other pauses double with full jitter up to a bound', async () => {
    const pauses: number[] = [];
    const errors = ['away', 'away', 'busy', 'away', 'away', 'away'];
    recording.obstacle = () => {
      const error = errors.shift();
      if (error !== undefined) throw new Error(error);
    };
    const recorder = recording.newRecorder({
      retry_pause_first_ms: 100,
      retry_pause_max_ms: 1000,
      judgeFailure: (error) =>
        (error as Error).message === 'busy' ? { kind: 'passing', retry_after_ms: 3000 } : { kind: 'passing' },
      timing: {
        now: () => 0,
        random: () => 0.5,
        sleep: (milliseconds, signal) => {
          // The timeouts of the deliveries do not come.
          if (milliseconds === 30_000) return new Promise(() => undefined);
          if (milliseconds > 1) pauses.push(milliseconds);
          return signal?.aborted ? Promise.reject(signal.reason) : nextTurn().then(() => undefined);
        },
      },
    });
    record(recorder, 1);
    await expect.poll(() => recording.receiver.kept.size).toBe(1);
    expect(pauses).toEqual([50, 100, 3200, 400, 500, 500]);
  });

  test('what has no JSON is counted and said, and stops nothing', async () => {
    const recorder = recording.newRecorder();
    const circle: Received = { id: 'circle' };
    circle.self = circle;
    recorder.record(circle);
    recorder.record({ id: 'big', count: 1n });
    record(recorder, 2);
    await recorder.flush();
    expect(recorder.figures).toMatchObject({ recorded: 4, delivered: 2, rejected: 2, pending: 0 });
    expect(recording.trouble).toMatchObject([{ kind: 'events_rejected', events: 2 }]);
    expectAccountedFor(recorder);
  });
});

describe('closing', () => {
  test('delivers what was recorded up to then', async () => {
    const recorder = recording.newRecorder({ batch_wait_ms: 60_000 });
    record(recorder, 5);
    expect(await recorder.close()).toMatchObject({ delivered: 5, pending: 0 });
    expect(recording.receiver.kept.size).toBe(5);
  });

  test('without a receiver it ends at its deadline, with all on disk for the next', async () => {
    recording.obstacle = () => new Promise(() => undefined);
    const recorder = recording.newRecorder({ batch_events_max: 20 });
    record(recorder, 100);
    expect(await recorder.close(20)).toMatchObject({ pending: 100, spooled: 100, delivered: 0 });
    recording.obstacle = () => undefined;
    const next = recording.newRecorder();
    await next.flush();
    expect([...recording.receiver.kept.keys()]).toEqual(
      Array.from({ length: 100 }, (_, index) => `call-${index}`),
    );
    expect(next.figures).toMatchObject({ adopted: 100, delivered: 100 });
  });

  test('and a receiver that comes back in time gets it', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder();
    record(recorder, 10);
    await expect.poll(() => recording.trouble.length).toBeGreaterThan(1);
    const closed = recorder.close(60_000);
    await nextTurn();
    recording.obstacle = () => undefined;
    expect(await closed).toMatchObject({ delivered: 10, pending: 0 });
  });

  test('what is recorded afterwards is kept for the next', async () => {
    const recorder = recording.newRecorder();
    await recorder.close();
    record(recorder, 4);
    await nextTurn();
    expect(recording.receiver.kept.size).toBe(0);
    await expect(recorder.flush()).rejects.toThrow(UndeliveredError);
    await recording.newRecorder().flush();
    expect(recording.receiver.kept.size).toBe(4);
  });
});

test.each(['batch_events_max', 'memory_bytes_max', 'batch_wait_ms'])('%s takes a number above 0', (name) => {
  expect(() => recording.newRecorder({ [name]: 0 })).toThrow(RangeError);
  expect(() => recording.newRecorder({ [name]: Number.NaN })).toThrow(RangeError);
});
