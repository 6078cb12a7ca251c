/**
 * A reporter for node:test that prints one plain closing line.
 */
export default async function* summary(events) {
  for await (const { type, data } of events) {
    // Each file has a summary of its own; the last one, of the whole run, has no file.
    if (type !== 'test:summary' || data.file !== undefined) continue;
    const { passed, tests, skipped, todo } = data.counts;
    const failed = tests - passed - skipped - todo;
    const rest = skipped > 0 ? `, ${skipped} skipped` : '';
    yield `${passed} passed, ${failed} failed${rest}\n`;
  }
}
