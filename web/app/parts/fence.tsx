/** Keeps a failure of one part of a page from taking the page along: a chart is not worth a live picture. */
import { Component } from 'react';
import type { ReactNode } from 'react';

interface FenceProps {
  /** Shown instead of what failed. */
  instead: ReactNode;
  children: ReactNode;
}

export class Fence extends Component<FenceProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
