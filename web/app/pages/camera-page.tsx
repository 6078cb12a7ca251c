/** One camera: its picture, live or recorded, and everything known about it. */
import { Link, useNavigate } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { Camera } from '../../../src/api/contract/cameras.ts';
import { useCamera } from '../api/cameras.ts';
import { faultText } from '../api/http.ts';
import { Button } from '../parts/button.tsx';
import { DeleteDialog } from '../parts/camera/delete-dialog.tsx';
import { CameraDetails } from '../parts/camera/details.tsx';
import { EditDialog } from '../parts/camera/edit-dialog.tsx';
import { RateChart } from '../parts/camera/rate-chart.tsx';
import { Watch } from '../parts/camera/watch.tsx';
import { Icon } from '../parts/icons.tsx';
import { Notice } from '../parts/notice.tsx';
import { RecordingDialog } from '../parts/recording/recording-dialog.tsx';
import { RecordingMark } from '../parts/recording/recording-mark.tsx';
import { ShareDialog } from '../parts/share/share-dialog.tsx';
import type { ShareRange } from '../parts/share/share-dialog.tsx';
import { StateChip } from '../parts/state-chip.tsx';
import { useMayDo } from '../parts/session/use-may-do.ts';
import { useTitle } from '../parts/title.ts';
import { MissingPage } from './missing-page.tsx';

/** @param at shows this moment instead of live; ISO 8601. */
export function CameraPage({ id, at }: { id: string; at: string | undefined }) {
  const { camera, loading, error } = useCamera(id);
  if (camera) return <Known camera={camera} at={at} />;
  if (loading) return <p className="text-muted py-10">Reading the camera…</p>;
  if (error) return <Notice title="The camera could not be read">{faultText(error)}</Notice>;
  return <MissingPage what="camera" />;
}

function Known({ camera, at }: { camera: Camera; at: string | undefined }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState<Opened>();
  const close = () => setOpen(undefined);
  const home = () => void navigate({ to: '/' });
  const isLive = at === undefined;
  const onAt = useCallback(
    (moment: string | undefined) =>
      void navigate({
        to: '/cameras/$cameraId',
        params: { cameraId: camera.id },
        search: moment === undefined ? {} : { at: moment },
        // The way back leads to live, not through every moment that was seen.
        replace: !isLive,
        resetScroll: false,
      }),
    [navigate, camera.id, isLive],
  );
  useTitle(camera.name);
  const may = useMayDo(camera.id);
  return (
    <>
      <Head camera={camera} onOpen={setOpen} />
      <div className="grid items-start gap-5 docked:pb-[250px] lg:grid-cols-[minmax(0,1fr)_360px]">
        <div className="grid min-w-0 gap-5">
          <Watch key={camera.id} camera={camera} at={at} onAt={onAt} onBack={home} />
          <RateChart cameraId={camera.id} />
        </div>
        <div className="grid gap-5">
          <CameraDetails camera={camera} />
          {/* On a phone the bar on top has no room for it. */}
          {may.delete && (
            <Button look="danger" icon="bin" className="sm:hidden" onClick={() => setOpen('delete')}>
              Delete this camera
            </Button>
          )}
        </div>
      </div>
      {open === 'edit' && <EditDialog camera={camera} onClose={close} />}
      {open === 'recording' && <RecordingDialog camera={camera} onClose={close} />}
      {open === 'share' && (
        <ShareDialog camera={camera} range={rangeAt(at)} mayWatch={may.watch} onClose={close} />
      )}
      {open === 'delete' && <DeleteDialog camera={camera} onClose={close} onDeleted={home} />}
    </>
  );
}

type Opened = 'edit' | 'recording' | 'share' | 'delete';

/** What is shared of the past: from the moment that is shown on. */
const sharedMs = 600_000;

function rangeAt(at: string | undefined): ShareRange | undefined {
  if (at === undefined) return undefined;
  const fromMs = Date.parse(at);
  return { fromMs, toMs: fromMs + sharedMs };
}

function Head({ camera, onOpen }: { camera: Camera; onOpen: (what: Opened) => void }) {
  const may = useMayDo(camera.id);
  return (
    <div className="flex flex-wrap items-center gap-x-2 gap-y-2 py-3 sm:gap-x-3">
      <Link
        to="/"
        aria-label="All cameras"
        className="text-muted hover:text-text hover:bg-raised -ml-2 inline-grid size-[44px] shrink-0 place-items-center rounded-lg"
      >
        <Icon name="back" size={20} />
      </Link>
      <h1 className="-ml-2 min-w-0 truncate max-sm:max-w-[33vw] text-[19px] font-semibold tracking-[-0.015em]">
        {camera.name}
      </h1>
      {/* On a phone the picture says so, and there is room for one row. */}
      <span className={camera.status.state === 'live' ? 'max-sm:hidden' : undefined}>
        <StateChip status={camera.status} />
      </span>
      <RecordingMark camera={camera} />
      <span className="grow" />
      {may.share && (
        <Button icon="link" aria-label="Share" onClick={() => onOpen('share')}>
          <span className="max-sm:hidden">Share</span>
        </Button>
      )}
      {may.change && (
        <>
          <Button icon="record" aria-label="Recording" onClick={() => onOpen('recording')}>
            <span className="max-sm:hidden">Recording</span>
          </Button>
          <Button icon="edit" aria-label="Edit" onClick={() => onOpen('edit')}>
            <span className="max-sm:hidden">Edit</span>
          </Button>
        </>
      )}
      {may.delete && (
        <Button look="quiet" icon="bin" className="max-sm:hidden" onClick={() => onOpen('delete')}>
          Delete
        </Button>
      )}
    </div>
  );
}
