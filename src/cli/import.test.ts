import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { provisionRequestSchema } from '../api/contract/provisioning.ts';

const entry = fileURLToPath(new URL('../../bin/sightline.mjs', import.meta.url));
const samples = fileURLToPath(new URL('../api/import/testdata', import.meta.url));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

function sightline(words: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const env = { ...process.env, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, 'import', ...words], { env }, (failure, out, error) =>
      resolve({ code: Number(failure?.code ?? 0), out, error }),
    );
  });
}

describe('sightline import', () => {
  test('prints the request that makes the cameras, and on standard error what was not taken over', async () => {
    const variables = { FRIGATE_RTSP_USER: 'op', FRIGATE_RTSP_PASSWORD: 'sesame' };
    const { code, out, error } = await sightline([join(samples, 'frigate.yaml')], variables);
    assert.equal(code, 0, error);
    const request = provisionRequestSchema.parse(JSON.parse(out));
    assert.deepEqual(
      request.cameras.map(({ externalId }) => externalId),
      ['frigate:front_door', 'frigate:back_yard', 'frigate:shed'],
    );
    assert.match(out, /rtsp:\/\/op:sesame@10\.0\.10\.10:554\/main/);
    assert.match(error, /^cameras\.bird_box: It has no input/m);
  });

  test('as a dry run prints a table, without passwords', async () => {
    const { code, out, error } = await sightline([join(samples, 'mediamtx.yaml'), '--dry-run']);
    assert.equal(code, 0, error);
    assert.match(
      out,
      /^3 cameras in this mediamtx file\n {2}Gate \(mediamtx:gate\): rtsp:\/\/\*\*\*@10\.20\.0\.5/,
    );
    assert.doesNotMatch(out + error, /s3cret/);
  });

  test('says what is wrong with a file, and with the command', async () => {
    const missing = await sightline(['/nowhere/there.yaml']);
    assert.equal(missing.code, 1);
    assert.match(missing.error, /there\.yaml/);
    const other = await sightline([entry]);
    assert.equal(other.code, 1);
    assert.equal((await sightline([])).code, 2);
  });
});
