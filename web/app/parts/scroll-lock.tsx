/**
 * Keeps the page behind a dialogue still. Stands in for `react-remove-scroll` under Radix's dialogues:
 * that one adds a `<style>` element, which our content security policy refuses.
 */
import type { ElementType, ReactNode } from 'react';
import { useEffect } from 'react';

interface LockProps {
  /** Rendered around the children. */
  as: ElementType;
  children: ReactNode;
  /** Known to the original; the page may always be zoomed here. */
  allowPinchZoom?: boolean;
  shards?: unknown;
}

/** One dialogue may open another: the last to close gives the page back. */
let locks = 0;

export function RemoveScroll({
  as: Part,
  children,
  allowPinchZoom: _zoom,
  shards: _shards,
  ...rest
}: LockProps) {
  useEffect(() => {
    const { style } = document.documentElement;
    if (++locks === 1) {
      // Where a scroll bar takes room, nothing jumps when it goes.
      if (window.innerWidth > document.documentElement.clientWidth) style.scrollbarGutter = 'stable';
      style.overflow = 'hidden';
    }
    return () => {
      if (--locks > 0) return;
      style.overflow = '';
      style.scrollbarGutter = '';
    };
  }, []);
  return <Part {...rest}>{children}</Part>;
}
