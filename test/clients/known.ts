import type { Result } from './check.ts';

/** What a client cannot do with this server, and why: such a failure fails nobody's run, and stands in docs/clients.md. */
const known: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'fish-audio-sdk': {
    live: 'of messages that arrive together it takes the first and drops the others, the end too: it works where each comes by itself, by luck',
  },
  "fish-audio-python's own tests": {
    test_websocket_streaming_with_reference: 'it names a voice of the cloud',
  },
};

export function knownReason(client: string, check: string): string | undefined {
  return known[client]?.[check];
}

/** A failure that nobody expected. */
export function isNews({ client, check, ok }: Result): boolean {
  return ok === false && knownReason(client, check) === undefined;
}
