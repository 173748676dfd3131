import { embedded } from './suites/embedded.ts';

/** A Worker that speaks itself: wrangler.voice.toml. */
embedded('workers');
