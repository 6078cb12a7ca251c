/**
 * What a first visit may cost. In: the built files. Out: a line per budget, and a failed build when one is broken.
 * Sizes are gzipped bytes, as a server sends them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** One built file and what it needs at once. */
export interface BuiltFile {
  readonly gzipBytes: number;
  readonly needs: readonly string[];
}

export interface Budget {
  readonly name: string;
  /** Matches the file that everything else is counted from. */
  readonly entry: RegExp;
  /** Loaded before: it and its needs cost nothing again. */
  readonly after?: RegExp;
  readonly limitBytes: number;
}

const dashboard = /^assets\/app-.*\.js$/;

const player = /^player\.js$/;

const budgets: readonly Budget[] = [
  { name: 'dashboard, first load', entry: dashboard, limitBytes: 190_000 },
  { name: 'player element', entry: player, limitBytes: 12_000 },
  {
    name: 'hls.js and what plays it, when no better way works',
    entry: /^assets\/hls-transport-.*\.js$/,
    after: player,
    limitBytes: 118_000,
  },
  { name: 'player of remote clips, with hls.js', entry: /^stream\.js$/, limitBytes: 120_000 },
  { name: 'player: WebRTC', entry: /^assets\/webrtc-transport-.*\.js$/, after: player, limitBytes: 2500 },
  { name: 'player: buttons', entry: /^assets\/controls-.*\.js$/, after: player, limitBytes: 3500 },
  { name: 'player: single pictures', entry: /^assets\/pictures-.*\.js$/, after: player, limitBytes: 3500 },
  { name: 'charts, on a camera page', entry: /^assets\/plot-.*\.js$/, after: dashboard, limitBytes: 25_000 },
  {
    name: 'timeline, on a camera page',
    entry: /^assets\/timeline-panel-.*\.js$/,
    after: dashboard,
    limitBytes: 30_000,
  },
  { name: 'a view', entry: /^assets\/view-page-.*\.js$/, after: dashboard, limitBytes: 14_000 },
  {
    name: 'playback of a view',
    entry: /^assets\/review-panel-.*\.js$/,
    after: dashboard,
    limitBytes: 30_000,
  },
];

export interface Measured {
  readonly budget: Budget;
  readonly bytes: number;
  readonly kept: boolean;
}

/** A budget whose entry is missing is broken: it would otherwise guard nothing. */
export function measure(files: ReadonlyMap<string, BuiltFile>, budget: Budget): Measured {
  const named = (pattern: RegExp) => [...files.keys()].find((name) => pattern.test(name));
  const entry = named(budget.entry);
  if (entry === undefined) return { budget, bytes: NaN, kept: false };
  let bytes = 0;
  const before = budget.after && named(budget.after);
  const paid = before === undefined ? new Set<string>() : closure(files, before);
  for (const name of closure(files, entry)) bytes += paid.has(name) ? 0 : (files.get(name)?.gzipBytes ?? 0);
  return { budget, bytes, kept: bytes <= budget.limitBytes };
}

/** Everything that the entry cannot start without. */
function closure(files: ReadonlyMap<string, BuiltFile>, entry: string): Set<string> {
  const found = new Set([entry]);
  for (const name of found) {
    for (const needed of files.get(name)?.needs ?? []) found.add(needed);
  }
  return found;
}

/** Breaks the build when a budget is broken. */
export function keepBudgets(): Plugin {
  return {
    name: 'keep-budgets',
    apply: 'build',
    writeBundle(options, bundle) {
      const files = new Map<string, BuiltFile>();
      for (const [name, file] of Object.entries(bundle)) {
        const gzipBytes = gzipSync(readFileSync(join(options.dir ?? '', name))).length;
        const styles = file.type === 'chunk' ? [...(file.viteMetadata?.importedCss ?? [])] : [];
        files.set(name, { gzipBytes, needs: file.type === 'chunk' ? [...file.imports, ...styles] : [] });
      }
      for (const { budget, bytes, kept } of budgets.map((budget) => measure(files, budget))) {
        const text = `${budget.name}: ${(bytes / 1000).toFixed(1)} of ${budget.limitBytes / 1000} kB gzipped`;
        if (kept) this.info(text);
        else this.error(`over budget: ${text}`);
      }
    },
  };
}
