/** What is wrong, the worst first, each with what to do; or that all is well. */
import { Link } from '@tanstack/react-router';
import type { Finding } from '../../../../src/api/contract/system-health.ts';
import { useServerNow } from '../../api/now.ts';
import { duration } from '../../format.ts';
import { Icon } from '../icons.tsx';
import { clockText, dayStart, dayText, deviceZone } from '../timeline/zone.ts';
import { togetherFindings } from './together.ts';

const tones: Record<Finding['level'], string> = {
  bad: 'text-bad',
  warn: 'text-warn',
  note: 'text-accent',
};

export function Findings({ findings }: { findings: readonly Finding[] }) {
  const nowMs = useServerNow();
  if (findings.length === 0) {
    return (
      <section
        aria-label="Findings"
        className="border-line bg-surface flex items-center gap-3 rounded-xl border px-4 py-3.5"
      >
        <span className="text-good">
          <Icon name="check" size={20} />
        </span>
        <p>
          <b className="font-semibold">All is well.</b>{' '}
          <span className="text-muted">
            Disks, cameras, workers, clock and certificate are as they should be.
          </span>
        </p>
      </section>
    );
  }
  return (
    <section aria-label="Findings">
      <ul className="border-line divide-line bg-surface divide-y rounded-xl border">
        {togetherFindings(findings).map((finding) => (
          <Row key={finding.id} finding={finding} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function Row({ finding, nowMs }: { finding: Finding; nowMs: number }) {
  const { level, title, detail, advice, sinceMs, link } = finding;
  return (
    <li className="flex gap-3 px-4 py-3">
      <span className={`${tones[level]} mt-px shrink-0`}>
        <Icon name="warn" size={20} />
      </span>
      <div className="min-w-0 grow">
        <p className="break-words">
          <b className="font-semibold">{title}</b>
          {sinceMs !== null && <span className="text-muted"> since {since(sinceMs, nowMs)}</span>}
        </p>
        <p className="text-muted text-[13px] break-words">{[detail, advice].filter(Boolean).join(' ')}</p>
      </div>
      {link !== null && (
        <Link
          to={link}
          aria-label={`Show: ${title}`}
          className="text-accent hover:bg-raised -my-1 inline-flex min-h-9 shrink-0 items-center self-center rounded-lg px-2 text-[13px] font-medium pointer-coarse:min-h-[44px]"
        >
          Show
        </Link>
      )}
    </li>
  );
}

/** `14:03 (27 min)`. */
function since(ms: number, nowMs: number): string {
  const clock = clockText(ms, deviceZone, 'minute');
  const day =
    dayStart(ms, deviceZone) === dayStart(nowMs, deviceZone) ? '' : `${dayText(ms, deviceZone, nowMs)}, `;
  return `${day}${clock} (${duration(nowMs - ms)})`;
}
