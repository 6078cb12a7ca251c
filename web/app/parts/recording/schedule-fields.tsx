/** Times of the week in which is recorded. */
import { useId } from 'react';
import { Button, IconButton } from '../button.tsx';
import type { WindowDraft } from './policy-draft.ts';
import { newWindow } from './policy-draft.ts';

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

interface ScheduleProps {
  windows: readonly WindowDraft[];
  error: string | undefined;
  onChange: (windows: readonly WindowDraft[]) => void;
}

export function ScheduleFields({ windows, error, onChange }: ScheduleProps) {
  const put = (index: number, part: Partial<WindowDraft>) =>
    onChange(windows.map((one, at) => (at === index ? { ...one, ...part } : one)));
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">Times, as the server’s clock shows them</legend>
      <ul className="grid gap-3">
        {windows.map((window, index) => (
          <WindowFields
            // The rows have no other name, and are only added at the end.
            key={index}
            window={window}
            onChange={(part) => put(index, part)}
            onRemove={() => onChange(windows.filter((_, at) => at !== index))}
          />
        ))}
      </ul>
      <Button icon="plus" className="mt-3" onClick={() => onChange([...windows, newWindow])}>
        Add a time
      </Button>
      {error !== undefined && <p className="text-bad mt-1.5 text-[13px]">{error}</p>}
    </fieldset>
  );
}

function WindowFields({
  window,
  onChange,
  onRemove,
}: {
  window: WindowDraft;
  onChange: (part: Partial<WindowDraft>) => void;
  onRemove: () => void;
}) {
  const toggle = (day: number) =>
    onChange({
      days: window.days.includes(day) ? window.days.filter((one) => one !== day) : [...window.days, day],
    });
  return (
    <li className="border-line grid gap-2.5 rounded-lg border p-3">
      <div className="flex flex-wrap gap-1.5">
        {dayNames.map((name, day) => (
          <button
            key={name}
            type="button"
            aria-pressed={window.days.includes(day)}
            onClick={() => toggle(day)}
            className="border-line text-muted aria-pressed:border-accent aria-pressed:bg-accent/15 aria-pressed:text-text min-h-9 min-w-11 rounded-lg border px-2 text-[13px] font-medium pointer-coarse:min-h-[44px]"
          >
            {name}
          </button>
        ))}
      </div>
      <div className="flex items-center gap-2">
        <TimeField label="From" value={window.from} onChange={(from) => onChange({ from })} />
        <span className="text-muted">to</span>
        <TimeField label="To" value={window.to} onChange={(to) => onChange({ to })} />
        <span className="grow" />
        <IconButton icon="bin" label="Remove this time" onClick={onRemove} />
      </div>
    </li>
  );
}

function TimeField({
  label,
  value,
  onChange,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <input
        id={id}
        inputMode="numeric"
        maxLength={5}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="bg-canvas border-line-strong min-h-10 w-20 rounded-lg border px-2 text-center tabular-nums pointer-coarse:min-h-[44px] pointer-coarse:text-[16px]"
      />
    </>
  );
}
