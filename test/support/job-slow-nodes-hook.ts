/** For `node --import`: the composition root gets the cluster whose nodes can be made slow. */
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isOurs =
      specifier.endsWith('/demo-data.ts') && context.parentURL?.endsWith('/compose/open-cluster.ts');
    return isOurs === true
      ? { url: new URL('job-slow-nodes.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context);
  },
});
