/** Tells JSX of the player element. */
import type { HTMLAttributes, Ref } from 'react';
import type { SightlinePlayer } from '../player/element.ts';

interface PlayerAttributes extends HTMLAttributes<HTMLElement> {
  ref?: Ref<SightlinePlayer>;
  camera?: string;
  src?: string;
  token?: string;
  source?: 'auto' | 'main' | 'sub';
  label?: string;
  muted?: boolean;
  controls?: boolean;
  tile?: boolean;
  fit?: 'contain' | 'cover';
}

declare module 'react' {
  // eslint-disable-next-line typescript/no-namespace -- React's own way to name elements
  namespace JSX {
    interface IntrinsicElements {
      'sightline-player': PlayerAttributes;
    }
  }
}
