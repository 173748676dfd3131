import type { Bench } from '../bench.ts';
import { secondsPerWord, withGateway, withOrigins } from '../origin/paced-origins.ts';
import { atOnce } from './at-once.ts';

/** Seconds that an origin takes for a second of speech, and how many there are. */
const factors = [0.1, 0.1, 0.1, 0.1];

export const origin: Bench = atOnce({
  title: 'fake origin with four slots',
  about: `With a fake Fish-Speech origin that has four slots, each of which takes 0.1 s for a second of speech (${secondsPerWord} s a word).`,
  withServer: (_, work) =>
    withOrigins({ secondsPerWord, factors }, ({ urls }) =>
      withGateway('node', urls, {}, ({ url }) => work(url)),
    ),
});
