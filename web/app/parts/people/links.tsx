/** Links that show one camera to whoever has them: who made them, for how long, how often they were opened. */
import { useQuery } from '@tanstack/react-query';
import type { ShareLink } from '../../../../src/api/contract/accounts.ts';
import { camerasQuery } from '../../api/cameras.ts';
import { useServerNow } from '../../api/now.ts';
import { useDeleteShare, useShares } from '../../api/people.ts';
import { dateTime } from '../../format.ts';
import { Button } from '../button.tsx';
import { List, Row } from './rows.tsx';
import { agoWords, untilWords } from './when.ts';

export function Links() {
  const { data, error } = useShares();
  const end = useDeleteShare();
  return (
    <List
      words="Whoever has such a link sees one camera, or one stretch of its past, without an account, until the link ends."
      rows={data}
      error={end.error ?? error}
      empty="No links."
    >
      {(link) => (
        <LinkRow
          link={link}
          busy={end.isPending && end.variables === link.id}
          onEnd={() => end.mutate(link.id)}
        />
      )}
    </List>
  );
}

function LinkRow({ link, busy, onEnd }: { link: ShareLink; busy: boolean; onEnd: () => void }) {
  const { data: cameras = [] } = useQuery(camerasQuery);
  const now = useServerNow();
  const camera = cameras.find(({ id }) => id === link.cameraId)?.name ?? 'A deleted camera';
  const range =
    link.fromMs === null || link.toMs === null ? '' : `${dateTime(link.fromMs)} – ${dateTime(link.toMs)}`;
  const opened =
    link.usedMs === null ? 'never opened' : `opened ${times(link.uses)}, last ${agoWords(link.usedMs, now)}`;
  return (
    <Row
      name={link.note === '' ? camera : link.note}
      mark={link.expiresMs <= now ? 'Ended' : undefined}
      lines={[
        [camera, link.live ? 'live' : '', range].filter(Boolean).join(' · '),
        `By ${link.userName} · ${opened} · ${untilWords(link.expiresMs, now)}`,
      ]}
    >
      <Button look="danger" busy={busy} aria-label={`End: link to ${camera}`} onClick={onEnd}>
        End
      </Button>
    </Row>
  );
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
