/**
 * `npm start`: from a fresh clone to a running server. Arguments go to the server: `npm start -- --port 9000`.
 */
import { join } from 'node:path';
import { become, ensureDashboard, ensureInstalled, pinnedNode, root } from './setup.mjs';

ensureInstalled();
ensureDashboard();
become(pinnedNode(), [join(root, 'bin', 'sightline.mjs'), ...process.argv.slice(2)]);
