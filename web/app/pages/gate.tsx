/** Around every page: who is there, and the page they have to see first. Events are heard while somebody is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation, useMatches, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { listen } from '../api/events.ts';
import { faultText } from '../api/http.ts';
import { sessionQuery } from '../api/session.ts';
import { Notice } from '../parts/notice.tsx';
import { doorFor, pathWithin, setUpPath, signInPath } from '../parts/session/door.ts';
import { basePath } from '../api/base.ts';

export function Gate() {
  const { data: session, error, refetch } = useQuery(sessionQuery);
  const { pathname, href, search } = useLocation();
  const inside = useMatches({ select: (matches) => matches.some(({ routeId }) => routeId === '/frame') });
  const wasIn = useEvents(session?.who?.id);
  if (!session) {
    if (!error) return null;
    return (
      <Notice title="The server is not there" retry={() => void refetch()}>
        {faultText(error)}
      </Notice>
    );
  }
  const door = doorFor(session, pathname);
  if (door === setUpPath) return <Navigate to="/setup" replace />;
  if (door === signInPath) {
    const to = pathWithin(href, location.origin);
    return (
      <Navigate to="/sign-in" replace search={{ ...(to !== '/' && { to }), ...(wasIn && { ended: true }) }} />
    );
  }
  if (door === 'onward') return <Onward to={pathWithin(search.to, location.origin)} />;
  // Until the page at the door is loaded, what is shown is still the one behind it.
  return session.who || !inside ? <Outlet /> : null;
}

/** With everything that belonged to the address. */
function Onward({ to }: { to: string }) {
  const { history } = useRouter();
  useEffect(() => history.replace(basePath + to), [history, to]);
  return null;
}

/**
 * Hears the events as long as the same account is signed in, and forgets what it saw when it is not.
 *
 * @returns whether somebody was signed in since the page was loaded
 */
function useEvents(who: string | undefined): boolean {
  const client = useQueryClient();
  const [was, setWas] = useState(false);
  if (who !== undefined && !was) setWas(true);
  useEffect(() => {
    if (who === undefined) return undefined;
    const stop = listen(client);
    return () => {
      stop();
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
    };
  }, [client, who]);
  return was;
}
