/** Loaded before each test file: properties that name no number of runs follow `property-runs.ts` too. */
import fc from 'fast-check';
import { propertyRuns } from './property-runs.ts';

const standardRuns = 100;
fc.configureGlobal({ numRuns: propertyRuns(standardRuns) });
