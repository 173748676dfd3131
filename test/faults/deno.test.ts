import { faults } from './faults.ts';

faults('deno');
