/**
 * A program that listens to the server's events.
 */
import type { ServerEvent } from '../../../src/api/contract/events.ts';

export interface Feed {
  /** Everything that was told, in order. */
  readonly events: readonly ServerEvent[];
  /** States of one camera as they were told, without repetitions. */
  statesOf(cameraId: string): readonly string[];
  leave(): void;
}

export async function listen(serverUrl: string): Promise<Feed> {
  const leaving = new AbortController();
  const response = await fetch(`${serverUrl}/api/v1/events`, { signal: leaving.signal });
  if (response.status !== 200 || !response.body) throw new Error(`events answered ${response.status}`);
  const events: ServerEvent[] = [];
  void collect(response.body, events);
  return {
    events,
    statesOf: (cameraId) => {
      const told = events.filter((event) => event.type === 'camera.status' && event.cameraId === cameraId);
      const states = told.map((event) => (event.type === 'camera.status' ? event.status.state : ''));
      return states.filter((state, index) => state !== states[index - 1]);
    },
    leave: () => leaving.abort(),
  };
}

async function collect(body: ReadableStream<Uint8Array>, events: ServerEvent[]): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) events.push(JSON.parse(data) as ServerEvent);
      }
    }
  } catch {
    // left, or the server is gone: what was told is kept
  }
}
