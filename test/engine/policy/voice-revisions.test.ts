import { expect, test } from 'vitest';
import { createVoiceRevisions, MAX_REVISIONS } from '../../../src/services/voice-revisions.ts';
import { createMemoryRecords } from '../../../src/state/memory.ts';

test('a voice has another revision after each change, and others keep theirs', async () => {
  const records = createMemoryRecords();
  const [here, there] = [createVoiceRevisions(records), createVoiceRevisions(records)];
  const [anna, bert] = [await here.of('anna'), await here.of('bert')];
  await there.changed('anna');
  const changed = await here.of('anna');
  expect(changed).not.toBe(anna);
  expect(await there.of('anna')).toBe(changed);
  await here.changed('anna');
  expect(await here.of('anna')).not.toBe(changed);
  expect(await here.of('bert')).toBe(bert);
});

test('revisions that are forgotten never come back', async () => {
  const records = createMemoryRecords();
  const revisions = createVoiceRevisions(records);
  const seen = new Set([await revisions.of('anna'), await revisions.of('*')]);
  for (let i = 0; i <= MAX_REVISIONS + 1; i++) await revisions.changed(`voice ${i}`);
  expect((await records.list('voice-revisions')).length).toBeLessThan(100);
  expect([seen.has(await revisions.of('anna')), seen.has(await revisions.of('*'))]).toEqual([false, false]);
});
