/** Beside the tiles while a view is edited: its name, who sees it, which cameras, a usual arrangement; save or not. */
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { ViewTile } from '../../../../src/api/contract/views.ts';
import { faultText } from '../../api/http.ts';
import { Button } from '../button.tsx';
import { CheckField, FormError, TextField } from '../field.tsx';
import { arranged, isArranged, maxTiles, presets, withCamera } from './layout.ts';
import { Sketch } from './sketch.tsx';

export interface ViewDraft {
  readonly name: string;
  readonly shared: boolean;
  readonly tiles: readonly ViewTile[];
}

interface EditPanelProps {
  draft: ViewDraft;
  cameras: readonly Camera[];
  saving: boolean;
  fault: unknown;
  onDraft: (draft: ViewDraft) => void;
  onSave: () => void;
  onCancel: () => void;
  /** Absent for one that is not saved yet. */
  onDelete?: () => void;
}

export function EditPanel(props: EditPanelProps) {
  const { draft, cameras, saving, fault, onDraft, onSave, onCancel, onDelete } = props;
  const { name, shared, tiles } = draft;
  const ready = name.trim() !== '' && tiles.length > 0;
  return (
    <form
      aria-label="The view"
      className="grid content-start gap-4 py-3 lg:overflow-y-auto lg:pl-1"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onSave();
      }}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={60}
        onChange={(event) => onDraft({ ...draft, name: event.target.value })}
        error={name.trim() === '' ? 'A view needs a name' : undefined}
      />
      <Presets tiles={tiles} onTiles={(next) => onDraft({ ...draft, tiles: next })} />
      <Cameras cameras={cameras} tiles={tiles} onTiles={(next) => onDraft({ ...draft, tiles: next })} />
      <CheckField
        label="Share with everybody"
        hint="Everybody sees the view, with the cameras they may see. Only you and administrators change it."
        checked={shared}
        onChange={(event) => onDraft({ ...draft, shared: event.target.checked })}
      />
      {fault !== null && <FormError>{faultText(fault)}</FormError>}
      {onDelete && (
        <Button look="danger" icon="bin" onClick={onDelete}>
          Delete this view
        </Button>
      )}
      {/* On a phone it reaches below the bar of places, so that nothing shows between the two. */}
      <div className="bg-canvas sticky bottom-0 flex gap-2 py-2 max-sm:pb-20">
        <Button type="submit" look="primary" busy={saving} disabled={!ready} className="grow">
          Save
        </Button>
        <Button onClick={onCancel} className="grow">
          Cancel
        </Button>
      </div>
    </form>
  );
}

interface TilesProps {
  tiles: readonly ViewTile[];
  onTiles: (tiles: readonly ViewTile[]) => void;
}

function Presets({ tiles, onTiles }: TilesProps) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">Arrangement</legend>
      <div className="grid grid-cols-6 gap-1.5">
        {presets.map((preset) => {
          const small = preset.areas.length < tiles.length;
          return (
            <button
              key={preset.name}
              type="button"
              disabled={small}
              aria-pressed={tiles.length > 0 && isArranged(tiles, preset)}
              aria-label={`${preset.name} tiles`}
              title={small ? `${tiles.length} cameras do not fit` : `${preset.name} tiles`}
              onClick={() => onTiles(arranged(tiles, preset))}
              className="border-line text-faint enabled:hover:border-line-strong aria-pressed:border-accent aria-pressed:text-accent grid min-h-9 justify-items-center rounded-lg border p-1 text-[12px] disabled:opacity-35"
            >
              <Sketch areas={preset.areas} className="w-full max-w-12" />
              {preset.name}
            </button>
          );
        })}
      </div>
      <p className="text-muted mt-1.5 text-[13px]">
        Or drag the tiles, and pull them at their corner. Arrow keys do the same, with Shift they resize.
      </p>
    </fieldset>
  );
}

function Cameras({ cameras, tiles, onTiles }: TilesProps & { cameras: readonly Camera[] }) {
  const full = tiles.length >= maxTiles;
  return (
    <fieldset>
      <legend className="mb-1 font-medium">
        Cameras <span className="text-muted font-normal tabular-nums">{tiles.length} of 16</span>
      </legend>
      <ul className="border-line divide-line max-h-64 divide-y overflow-y-auto rounded-lg border">
        {cameras.map(({ id, name }) => {
          const present = tiles.some((tile) => tile.cameraId === id);
          return (
            <li key={id}>
              <label className="hover:bg-raised flex min-h-9 items-center gap-2.5 px-3 has-disabled:opacity-50 pointer-coarse:min-h-[44px]">
                <input
                  type="checkbox"
                  checked={present}
                  disabled={full && !present}
                  onChange={() =>
                    onTiles(present ? tiles.filter((tile) => tile.cameraId !== id) : withCamera(tiles, id))
                  }
                  className="accent-accent size-4"
                />
                <span className="truncate">{name}</span>
              </label>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}
