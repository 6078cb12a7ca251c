/** Where toasts are shown: the corner at the foot; on a phone above the bar there. */
import { Link } from '@tanstack/react-router';
import { IconButton } from '../button.tsx';
import { Shape } from '../state-chip.tsx';
import { dropToast, useToasts } from './toasts.ts';
import type { Toast } from './toasts.ts';

export function ToastCorner() {
  const toasts = useToasts();
  return (
    <div
      role="log"
      aria-label="News"
      className="pointer-events-none fixed right-3 bottom-3 z-25 grid w-[min(22rem,calc(100vw-1.5rem))] gap-2 max-sm:bottom-[calc(64px+env(safe-area-inset-bottom))]"
    >
      {toasts.map((one) => (
        <ToastCard key={one.key} toast={one} />
      ))}
    </div>
  );
}

function ToastCard({ toast: { key, tone, title, words, to } }: { toast: Toast }) {
  return (
    <div className="border-line-strong bg-surface shadow-dialog rise-in pointer-events-auto flex items-start gap-3 rounded-xl border py-2.5 pr-1.5 pl-3.5">
      <span className="mt-[7px]">
        <Shape tone={tone} />
      </span>
      <div className="min-w-0 grow">
        <p className="font-medium break-words">{title}</p>
        {words !== undefined && words !== '' && <p className="text-muted text-[13px] break-words">{words}</p>}
        {to && (
          <Link
            to={to.path}
            onClick={() => dropToast(key)}
            className="text-accent inline-flex min-h-8 items-center text-[13px] underline underline-offset-4 pointer-coarse:min-h-[44px]"
          >
            {to.label}
          </Link>
        )}
      </div>
      <IconButton icon="close" label={`Close: ${title}`} onClick={() => dropToast(key)} className="-my-0.5" />
    </div>
  );
}
