/** To any moment: a calendar that shows which days have footage, a time of day, and in which time zone both are meant. */
import { useState } from 'react';
import type { Days } from '../../../../src/api/contract/recording.ts';
import { useDays } from '../../api/timeline.ts';
import { duration } from '../../format.ts';
import { Button, IconButton } from '../button.tsx';
import { CancelButton, Dialog, DialogButtons } from '../dialog.tsx';
import { SelectField, TextField } from '../field.tsx';
import { monthsLater, timeOfDayMs, weeksOf } from './calendar.ts';
import type { Month } from './calendar.ts';
import { clockText, dateText, dayText, deviceZone, midnight, momentOf, monthName, wallOf } from './zone.ts';
import type { Wall } from './zone.ts';

interface JumpDialogProps {
  cameraId: string;
  fromMs: number;
  zone: string;
  onZone: (zone: string) => void;
  onGo: (ms: number) => void;
  onClose: () => void;
}

type Day = Pick<Wall, 'year' | 'month' | 'day'>;

export function JumpDialog({ cameraId, fromMs, zone, onZone, onGo, onClose }: JumpDialogProps) {
  const start = wallOf(fromMs, zone);
  const [day, setDay] = useState<Day>(start);
  const [time, setTime] = useState(clockText(fromMs, zone, 'second'));
  const ofDayMs = timeOfDayMs(time);
  const go = () => {
    if (ofDayMs === undefined) return;
    onGo(momentOf({ ...midnight(day.year, day.month, day.day), millisecond: ofDayMs }, zone));
    onClose();
  };
  return (
    <Dialog
      title="Jump to a time"
      description={dayText(momentOf(wallAt(day), zone), zone, 0)}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          go();
        }}
      >
        <Calendar cameraId={cameraId} zone={zone} day={day} onDay={setDay} />
        <div className="mt-5 grid gap-4 sm:grid-cols-2">
          <TextField
            label="Time of day"
            value={time}
            inputMode="text"
            placeholder="14:03:05"
            onChange={(event) => setTime(event.target.value)}
            error={ofDayMs === undefined ? 'A time like 14:03 or 14:03:05' : undefined}
          />
          <SelectField
            label="Time zone"
            value={zone}
            onChange={(event) => onZone(event.target.value)}
            options={zonesFor(zone)}
          />
        </div>
        <DialogButtons>
          <CancelButton onClick={onClose} />
          <Button look="primary" type="submit" disabled={ofDayMs === undefined}>
            Go there
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  );
}

interface CalendarProps {
  cameraId: string;
  zone: string;
  day: Day;
  onDay: (day: Day) => void;
}

function Calendar({ cameraId, zone, day, onDay }: CalendarProps) {
  const [month, setMonth] = useState<Month>(day);
  const following = monthsLater(month, 1);
  const days = useDays(cameraId, dateText({ ...month, day: 1 }), dateText({ ...following, day: 1 }), zone);
  const known = new Map(days.data?.days.map((one) => [one.date, one]));
  return (
    <section aria-label="Days with footage">
      <div className="mb-1 flex items-center justify-between">
        <IconButton icon="back" label="Month before" onClick={() => setMonth(monthsLater(month, -1))} />
        <h3 aria-live="polite" className="font-semibold">
          {monthName(month.month)} {month.year}
        </h3>
        <IconButton icon="next" label="Month after" onClick={() => setMonth(following)} />
      </div>
      <table className="w-full table-fixed text-center tabular-nums">
        <thead>
          <tr className="text-faint text-[12px]">
            {['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((name) => (
              <th key={name} scope="col" className="pb-1 font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeksOf(month).map((week, row) => (
            // oxlint-disable-next-line react/no-array-index-key -- a row is its place
            <tr key={row}>
              {week.map((date, column) => (
                // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
                <td key={column} className="p-0.5">
                  {date !== undefined && (
                    <DayButton
                      date={date}
                      footage={known.get(dateText({ ...month, day: date }))}
                      chosen={dateText(day) === dateText({ ...month, day: date })}
                      onClick={() => onDay({ ...month, day: date })}
                    />
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="text-muted mt-2 text-[12px]">
        {days.isError
          ? 'The days with footage could not be read.'
          : 'Underlined days have footage; a dot means events.'}
      </p>
    </section>
  );
}

interface DayButtonProps {
  date: number;
  footage: Days['days'][number] | undefined;
  chosen: boolean;
  onClick: () => void;
}

function DayButton({ date, footage, chosen, onClick }: DayButtonProps) {
  const has = footage !== undefined && footage.recordedMs > 0;
  const words = has ? `${duration(footage.recordedMs)} recorded, ${footage.events} events` : 'no footage';
  return (
    <button
      type="button"
      aria-pressed={chosen}
      aria-label={`${date}: ${words}`}
      title={words}
      onClick={onClick}
      className={`relative h-10 w-full rounded-lg pointer-coarse:h-[44px] ${chosen ? 'bg-accent text-accent-ink font-semibold' : has ? 'hover:bg-raised' : 'text-faint hover:bg-raised'}`}
    >
      <span className={has ? 'border-b-2 border-current pb-px' : ''}>{date}</span>
      {has && footage.events > 0 && (
        <i
          aria-hidden="true"
          className={`absolute top-1.5 right-[22%] size-1.5 rounded-full ${chosen ? 'bg-accent-ink' : 'bg-event'}`}
        />
      )}
    </button>
  );
}

function wallAt({ year, month, day }: Day): Wall {
  return midnight(year, month, day);
}

/** That of this device, that of clocks without a place, and the one that is chosen. */
function zonesFor(chosen: string): Record<string, string> {
  const names: Record<string, string> = { [deviceZone]: `${deviceZone} (this device)`, UTC: 'UTC' };
  if (deviceZone === 'UTC') names['UTC'] = 'UTC (this device)';
  names[chosen] ??= chosen;
  return names;
}
