import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { away, expectAccountedFor, nextTurn, Recording, record } from './recording.ts';

let recording: Recording;
beforeEach(() => {
  recording = new Recording();
});
afterEach(() => recording.end());

describe('the spool folder', () => {
  test('is shared by recorders that leave each other alone', async () => {
    recording.obstacle = away;
    const first = recording.newRecorder({ adopt_pause_ms: 1 });
    const second = recording.newRecorder({ adopt_pause_ms: 1 });
    record(first, 20, 'first');
    record(second, 30, 'second');
    await expect.poll(() => recording.trouble.length).toBeGreaterThan(6);
    expect([first.figures.pending, second.figures.pending]).toEqual([20, 30]);
    recording.obstacle = () => undefined;
    await Promise.all([first.flush(), second.flush()]);
    expect([first.figures, second.figures]).toMatchObject([
      { delivered: 20, adopted: 0, duplicates: 0 },
      { delivered: 30, adopted: 0, duplicates: 0 },
    ]);
    expect(recording.segments()).toEqual([]);
  });

  test('has leftovers of dead processes, half a line of one included, and of a living one', async () => {
    const owner = '0123456789abcdef';
    // No process has this id: it is above what Linux, macOS and Windows give.
    const dead = `usage-999999999-${owner}-0000000001.jsonl`;
    const alive = `usage-${process.ppid}-${owner}-0000000001.jsonl`;
    writeFileSync(join(recording.folder, dead), '{"id":"left-1"}\nno JSON\n{"id":"left-2"}\n{"id":"le');
    writeFileSync(join(recording.folder, alive), '{"id":"not ours"}\n');
    writeFileSync(join(recording.folder, 'notes.txt'), 'of somebody else');
    const recorder = recording.newRecorder();
    await recorder.flush();
    expect([...recording.receiver.kept.keys()]).toEqual(['left-1', 'left-2']);
    expect(readdirSync(recording.folder).sort()).toEqual(['notes.txt', alive]);
    expect(recording.trouble).toMatchObject([{ kind: 'spool_unreadable', events: 1 }]);
    expectAccountedFor(recorder);
  });

  test('cannot be made: it says so once, goes on in memory, and counts what it must drop', async () => {
    recording.obstacle = away;
    writeFileSync(join(recording.folder, 'file'), '');
    const recorder = recording.newRecorder({
      spool_folder: join(recording.folder, 'file'),
      memory_events_max: 50,
      batch_events_max: 20,
    });
    record(recorder, 120);
    await nextTurn();
    expect(recorder.figures).toMatchObject({ recorded: 120, pending: 50, spooled: 0, dropped: 70 });
    expectAccountedFor(recorder);
    const kinds = recording.trouble.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'spool_unwritable')).toHaveLength(1);
    expect(kinds).toContain('events_dropped');
    recording.obstacle = () => undefined;
    await recorder.flush();
    expect(recording.receiver.kept.size).toBe(50);
    record(recorder, 10, 'later');
    await recorder.flush();
    expect(recording.receiver.kept.size).toBe(60);
  });

  test('is full: memory takes what it can, and the disk is used again when there is room', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder({
      spool_bytes_max: 1000,
      batch_events_max: 10,
      memory_events_max: 30,
    });
    record(recorder, 200);
    await nextTurn();
    const { pending, spooled, dropped } = recorder.figures;
    expect(spooled).toBeGreaterThan(50);
    expect(pending).toBe(spooled + 30);
    expect(dropped).toBe(200 - pending);
    expect(recording.trouble.map(({ kind }) => kind)).toContain('spool_full');
    recording.obstacle = () => undefined;
    await recorder.flush();
    expect(recording.receiver.kept.size).toBe(pending);
    recording.obstacle = away;
    record(recorder, 10, 'later');
    await nextTurn();
    expect(recorder.figures.spooled).toBe(10);
    expectAccountedFor(recorder);
  });

  test('was emptied by somebody: what was only there is counted as lost, and the rest goes on', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder({ memory_events_max: 10, batch_events_max: 10 });
    record(recorder, 50);
    await nextTurn();
    for (const name of recording.segments()) rmSync(join(recording.folder, name));
    recording.obstacle = () => undefined;
    await recorder.flush();
    expect(recorder.figures.dropped).toBeGreaterThan(0);
    expect(recording.receiver.kept.size + recorder.figures.dropped).toBe(50);
    expectAccountedFor(recorder);
  });

  test('and its files are for their owner alone', async () => {
    recording.obstacle = away;
    const recorder = recording.newRecorder();
    record(recorder, 1);
    await nextTurn();
    expect(statSync(join(recording.folder, recording.segments()[0] ?? '')).mode & 0o077).toBe(0);
  });
});
