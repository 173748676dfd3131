import { embedded } from './suites/embedded.ts';
import { listening } from './suites/listening.ts';

embedded('executable');
listening('executable');
