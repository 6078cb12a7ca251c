/** Over the tiles of a view: its name, how many are live, and what can be done with all of them. */
import { Link } from '@tanstack/react-router';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SavedView } from '../../../../src/api/contract/views.ts';
import { Button, IconButton } from '../button.tsx';
import { Icon } from '../icons.tsx';
import type { Watching } from './use-watching.ts';

interface ViewBarProps {
  view: SavedView;
  cameras: ReadonlyMap<string, Camera>;
  watching: Watching;
  /** On a phone; undefined elsewhere. */
  columns: 1 | 2 | undefined;
  onColumns: (columns: 1 | 2) => void;
  onEdit: () => void;
}

export function ViewBar({ view, cameras, watching, columns, onColumns, onEdit }: ViewBarProps) {
  const { open, touring, wall } = watching;
  return (
    <div className={`flex shrink-0 items-center gap-x-1.5 py-2 max-sm:gap-x-0 ${wall.on ? 'hidden' : ''}`}>
      <Head view={view} cameras={cameras} />
      <Button
        icon="earlier"
        onClick={watching.lookBack}
        aria-label="30 s ago"
        className="max-sm:min-w-[44px] max-sm:px-0"
      >
        <span className="max-sm:hidden">30 s ago</span>
      </Button>
      <IconButton
        icon="calendar"
        label="Timeline (T)"
        aria-pressed={open}
        onClick={() => watching.setOpen(!open)}
        className={pressed}
      />
      <IconButton
        icon="play"
        label="Tour: enlarge one after another"
        aria-pressed={touring}
        onClick={() => watching.setTouring(!touring)}
        className={`${pressed} max-sm:hidden`}
      />
      {columns !== undefined && (
        <IconButton
          icon="grid"
          label={columns === 1 ? 'Two columns' : 'One column'}
          aria-pressed={columns === 2}
          onClick={() => onColumns(columns === 1 ? 2 : 1)}
          className={pressed}
        />
      )}
      <IconButton icon="full" label="Full screen (F)" onClick={wall.toggle} />
      {view.mayChange && <IconButton icon="edit" label="Edit this view (E)" onClick={onEdit} />}
    </div>
  );
}

const pressed = 'aria-pressed:!text-accent';

function Head({ view, cameras }: Pick<ViewBarProps, 'view' | 'cameras'>) {
  const shown = view.tiles.flatMap(({ cameraId }) => cameras.get(cameraId) ?? []);
  const live = shown.filter((camera) => camera.status.state === 'live').length;
  return (
    <>
      <Link
        to="/views"
        aria-label="All views"
        className="text-muted hover:text-text hover:bg-raised -ml-2 inline-grid size-[44px] shrink-0 place-items-center rounded-lg"
      >
        <Icon name="back" size={20} />
      </Link>
      <h1 className="min-w-0 truncate text-[17px] font-semibold tracking-[-0.01em]">{view.name}</h1>
      <p className="text-muted ml-1.5 whitespace-nowrap tabular-nums max-sm:hidden">
        {live} of {shown.length} live
      </p>
      <span className="grow" />
    </>
  );
}
