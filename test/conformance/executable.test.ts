import { embedded } from './suites/embedded.ts';

embedded('executable');
