import { faults } from './faults.ts';

faults('workers');
