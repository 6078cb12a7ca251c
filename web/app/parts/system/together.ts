/** Makes one finding of many of a kind: a switch that failed takes thirty cameras with it. */
import type { Finding } from '../../../../src/api/contract/system-health.ts';

/** So many are still read one by one. */
const mostAlone = 4;
const mostNames = 6;

const titles: Readonly<Record<string, string>> = {
  away: 'cameras are away',
  stalled: 'cameras send no pictures',
  unrecorded: 'cameras are not recorded',
};

/** In the order of the first of each kind. */
export function togetherFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.flatMap((finding) => {
    const all = findings.filter(({ kind }) => kind === finding.kind);
    const title = titles[finding.kind];
    if (all.length <= mostAlone || title === undefined) return [finding];
    return all[0] === finding ? [joined(all, finding, title)] : [];
  });
}

function joined(all: readonly Finding[], first: Finding, title: string): Finding {
  const names = all.slice(0, mostNames).map((one) => one.title.replace(/ (is|cannot|sends) .*$/, ''));
  const more = all.length > mostNames ? ` and ${all.length - mostNames} more` : '';
  const sinceMs = Math.min(...all.map((one) => one.sinceMs ?? Infinity));
  return {
    ...first,
    id: `all:${first.kind}`,
    title: `${all.length} ${title}`,
    detail: `${names.join(', ')}${more}.`,
    advice: 'So many at one time often share a switch, a cable or a power supply.',
    sinceMs: Number.isFinite(sinceMs) ? sinceMs : null,
    cameraId: null,
    link: '/',
  };
}
