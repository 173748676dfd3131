import { embedded } from './suites/embedded.ts';
import { listening } from './suites/listening.ts';
import { phoneRecordings } from './suites/phone-recordings.ts';

embedded('executable');
listening('executable');
phoneRecordings('executable');
