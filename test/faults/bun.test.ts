import { faults } from './faults.ts';

faults('bun');
