import { conformance } from './conformance.ts';
import { embedded } from './suites/embedded.ts';
import { listening } from './suites/listening.ts';
import { phoneRecordings } from './suites/phone-recordings.ts';

conformance('bun');
embedded('bun');
listening('bun');
phoneRecordings('bun');
