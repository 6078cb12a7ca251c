/** A view while it is arranged. Nothing is stored before it is saved. */
import { useState } from 'react';
import type { Camera } from '../../../../src/api/contract/cameras.ts';
import type { SavedView } from '../../../../src/api/contract/views.ts';
import { useChangeView, useCreateView, useDeleteView } from '../../api/views.ts';
import { useKeys } from '../keys.ts';
import { Arrange } from './arrange.tsx';
import { EditPanel } from './edit-panel.tsx';
import type { ViewDraft } from './edit-panel.tsx';

interface EditViewProps {
  /** Undefined: a new one. */
  view: SavedView | undefined;
  start: ViewDraft;
  cameras: readonly Camera[];
  /** @param saved undefined: given up. */
  onDone: (saved: SavedView | undefined) => void;
  onDeleted: () => void;
}

export function EditView({ view, start, cameras, onDone, onDeleted }: EditViewProps) {
  const [draft, setDraft] = useState<ViewDraft>(start);
  const create = useCreateView();
  const change = useChangeView(view?.id ?? '');
  const remove = useDeleteView();
  const [known] = useState(() => new Map<string, Camera>());
  for (const camera of cameras) known.set(camera.id, camera);
  const save = () => {
    const { name, shared, tiles } = draft;
    const body = { name: name.trim(), shared, tiles: [...tiles] };
    if (view) change.mutate(body, { onSuccess: onDone });
    else create.mutate(body, { onSuccess: onDone });
  };
  useKeys({ Escape: () => onDone(undefined) });
  return (
    <div className="grid gap-x-5 lg:h-[calc(100dvh-4.5rem)] lg:grid-cols-[minmax(0,1fr)_340px]">
      <div className="flex min-h-0 flex-col gap-2 py-3">
        <h1 className="text-[17px] font-semibold tracking-[-0.01em]">
          {view ? `Edit “${view.name}”` : 'New view'}
        </h1>
        <div className="grid min-h-0 grow items-start justify-items-center [container-type:size] max-lg:aspect-video">
          <div className="border-line relative aspect-video w-[min(100%,calc(100cqh*16/9))] overflow-hidden rounded-xl border">
            <Arrange tiles={draft.tiles} cameras={known} onTiles={(tiles) => setDraft({ ...draft, tiles })} />
            {draft.tiles.length === 0 && <Empty />}
          </div>
        </div>
      </div>
      <EditPanel
        draft={draft}
        cameras={cameras}
        saving={create.isPending || change.isPending}
        fault={create.error ?? change.error ?? remove.error}
        onDraft={setDraft}
        onSave={save}
        onCancel={() => onDone(undefined)}
        {...(view && { onDelete: () => remove.mutate(view.id, { onSuccess: onDeleted }) })}
      />
    </div>
  );
}

function Empty() {
  return (
    <p className="text-muted absolute inset-0 grid place-items-center px-6 text-center">
      Choose the cameras that this view shows.
    </p>
  );
}
