import { conformance } from './conformance.ts';
import { embedded } from './suites/embedded.ts';

conformance('deno');
embedded('deno');
