import { attack } from './attack.ts';

attack('workers');
