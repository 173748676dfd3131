import { conformance } from './conformance.ts';

conformance('workers');
