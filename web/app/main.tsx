/** Starts the dashboard: cache, routes. */
import { MutationCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiFault, faultText, onSignedOut } from './api/http.ts';
import { sessionQuery } from './api/session.ts';
import { installShell } from './install-shell.ts';
import { toast } from './parts/toasts/toasts.ts';
import { router } from './router.tsx';
import './styles.css';

/** Forms say themselves what failed; whatever has no place for it names what it was about (`meta.failed`). */
const mutationCache = new MutationCache({
  onError: (error, _variables, _result, { options }) => {
    const failed = options.meta?.['failed'];
    if (typeof failed === 'string')
      toast({ key: failed, tone: 'bad', title: failed, words: faultText(error) });
  },
});

/** Twice more when the server did not answer; what it refuses, it refuses again. */
function isWorthAsking(failures: number, error: Error): boolean {
  const isRefused = error instanceof ApiFault && error.problem !== undefined && error.problem.status < 500;
  return failures < 2 && !isRefused;
}

const client = new QueryClient({
  mutationCache,
  defaultOptions: { queries: { refetchOnWindowFocus: false, retry: isWorthAsking, retryDelay: 1000 } },
});
onSignedOut(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }));

installShell();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
