import { conformance } from './conformance.ts';
import { embedded } from './suites/embedded.ts';
import { embeddedChat } from './suites/embedded-chat.ts';
import { embeddedRealtime } from './suites/embedded-realtime.ts';
import { listening } from './suites/listening.ts';
import { phoneRecordings } from './suites/phone-recordings.ts';

conformance('deno');
embedded('deno');
listening('deno');
embeddedChat('deno');
embeddedRealtime('deno');
phoneRecordings('deno');
