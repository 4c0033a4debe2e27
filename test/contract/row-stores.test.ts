import { createSlabRowStore } from '../../src/adapters/memory/slab-row-store.ts';
import { createMapRowStore } from '../support/map-row-store.ts';
import { describeRowStore } from './row-store.suite.ts';

describeRowStore('rows in slabs', () => createSlabRowStore({ maxBytes: 1024 * 1024 }));
describeRowStore('rows in a map', createMapRowStore);
