/**
 * `npm test`: from a fresh clone to `N passed, N failed`. Arguments choose test files: `npm test -- src/hub`.
 */
import { join } from 'node:path';
import { ensureDebianPackages } from './debian.mjs';
import { become, ensureDashboard, ensureInstalled, pinnedNode, root } from './setup.mjs';

ensureInstalled();
ensureDebianPackages();
ensureDashboard();

const chosen = process.argv
  .slice(2)
  .map((path) => (path.endsWith('.ts') ? path : `${path.replace(/\/$/, '')}/**/*.test.ts`));
const files = chosen.length > 0 ? chosen : ['src/**/*.test.ts', 'web/**/*.test.ts', 'test/**/*.test.ts'];

process.chdir(root);
become(pinnedNode(), [join(root, 'scripts', 'run-tests.mjs'), ...files]);
