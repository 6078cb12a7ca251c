/** For an address that leads nowhere. */
import { Link } from '@tanstack/react-router';
import { Notice } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';

export function MissingPage({ what = 'page' }: { what?: 'page' | 'camera' | 'view' }) {
  useTitle('Not found');
  return (
    <Notice title={`There is no such ${what}`}>
      <p>It may have been removed, or the address has a typing error.</p>
      <Link
        to="/"
        className="text-accent mt-3 inline-flex min-h-[44px] items-center underline underline-offset-4"
      >
        All cameras
      </Link>
    </Notice>
  );
}
