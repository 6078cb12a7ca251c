import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { openDatabase } from '../../database/database.ts';
import { settingsSchema } from '../schema.ts';
import { LiveSettings } from './live-settings.ts';
import { definitionOf, faultsOf, isSettingKey, settingKeys } from './registry.ts';

const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...settingKeys) },
  fc.constantFrom('__proto__', 'constructor', 'rtspport', ''),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(true, false, 0, 1, 8000, -1, 0.5, 1e300, '1280x720', 'low', 'auto', [], ['10.0.0.0/8']),
);

it('any JSON as a value is taken or refused in words, and only what is allowed is ever in effect', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sightline-any-setting-'));
  const opened = await openDatabase(join(folder, 'a.sqlite'));
  assert.ok(opened.ok);
  const parts = { queries: opened.value.queries, clock: new ManualClock(), log: silentLog };
  const open = () =>
    LiveSettings.open({ ...parts, startup: settingsSchema.parse({}), given: () => undefined });
  const live = await open();
  const by = { id: 'usr_a', name: 'A' };
  await fc.assert(
    fc.asyncProperty(fc.dictionary(key, value, { maxKeys: 4 }), fc.boolean(), async (values, ofCamera) => {
      const cameraId = ofCamera ? 'cam_0123456789abcdef' : null;
      const before = settingKeys.map((one) => live.state(one, cameraId));
      const done = await live.change({ values, cameraId, by });
      if (!done.ok) {
        assert.ok(done.error.length > 0);
        for (const { message } of done.error) assert.ok(message.length > 3 && message.length < 5000, message);
        assert.deepEqual(
          settingKeys.map((one) => live.state(one, cameraId)),
          before,
        );
      }
      for (const one of settingKeys) {
        const now = live.state(one, cameraId).value;
        if (now === null) assert.equal(definitionOf(one).default, null);
        else assert.deepEqual(faultsOf(one, now), []);
      }
      if (done.ok) assert.ok(Object.keys(values).every(isSettingKey));
    }),
    { numRuns: 150 },
  );
  const again = await open();
  for (const one of settingKeys) assert.deepEqual(again.get(one), live.get(one));
  await opened.value.close();
  await rm(folder, { recursive: true });
});
