/** What somebody may do, on every camera and on each: a table of boxes. In and out: the grants. */
import { useId } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { User } from '../../../../src/api/contract/accounts.ts';
import { camerasQuery } from '../../api/cameras.ts';
import type { Right } from '../../api/session.ts';
import { rightWords } from './words.ts';

type Grants = User['grants'];

interface EditorProps {
  /** Which rights are offered. */
  rights: readonly Right[];
  grants: Grants;
  onChange: (grants: Grants) => void;
}

export function GrantsEditor({ rights, grants, onChange }: EditorProps) {
  const id = useId();
  const { data: cameras = [] } = useQuery(camerasQuery);
  const setEvery = (right: Right, on: boolean) =>
    onChange({ ...grants, every: changed(grants.every, right, on) });
  const setOne = (camera: string, right: Right, on: boolean) =>
    onChange({
      ...grants,
      cameras: { ...grants.cameras, [camera]: changed(grants.cameras[camera] ?? [], right, on) },
    });
  return (
    <div className="border-line max-h-80 overflow-auto rounded-lg border">
      <table className="w-full border-separate border-spacing-0 text-[13px]">
        <caption className="sr-only">What may be done with which camera</caption>
        <thead>
          <tr>
            <th className="bg-raised sticky top-0 left-0 z-10 px-3 py-2 text-left font-semibold">Camera</th>
            {rights.map((right) => (
              <th
                key={right}
                id={`${id}-${right}`}
                title={rightWords[right][1]}
                className="bg-raised sticky top-0 px-2 py-2 text-center font-semibold"
              >
                {rightWords[right][0]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row name="Every camera" strong rights={rights} held={grants.every} onSet={setEvery} />
          {cameras.map((camera) => (
            <Row
              key={camera.id}
              name={camera.name}
              rights={rights}
              held={grants.cameras[camera.id] ?? []}
              given={grants.every}
              onSet={(right, on) => setOne(camera.id, right, on)}
            />
          ))}
        </tbody>
      </table>
      <p className="text-muted border-line border-t px-3 py-2 text-[13px]">
        “Every camera” also counts for those that are added later.
      </p>
    </div>
  );
}

interface RowProps {
  name: string;
  strong?: boolean;
  rights: readonly Right[];
  held: readonly Right[];
  /** Held on every camera: cannot be taken here. */
  given?: readonly Right[];
  onSet: (right: Right, on: boolean) => void;
}

function Row({ name, strong = false, rights, held, given = [], onSet }: RowProps) {
  return (
    <tr>
      <th
        scope="row"
        className={`bg-surface border-line sticky left-0 max-w-44 truncate border-t px-3 py-1 text-left sm:max-w-64 ${strong ? 'font-semibold' : 'font-normal'}`}
      >
        {name}
      </th>
      {rights.map((right) => (
        <td key={right} className="border-line border-t text-center">
          <label className="grid min-h-9 min-w-11 place-items-center pointer-coarse:min-h-[44px]">
            <span className="sr-only">
              {name}: {rightWords[right][0]}
            </span>
            <input
              type="checkbox"
              checked={held.includes(right) || given.includes(right)}
              disabled={given.includes(right)}
              onChange={(event) => onSet(right, event.target.checked)}
              className="accent-accent size-4"
            />
          </label>
        </td>
      ))}
    </tr>
  );
}

function changed(rights: readonly Right[], right: Right, on: boolean): Right[] {
  const others = rights.filter((one) => one !== right);
  return on ? [...others, right] : others;
}
