/** Who may come in: people, programs, devices, and whoever has a link. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Tabs } from 'radix-ui';
import type { ComponentType } from 'react';
import { useMay } from '../api/session.ts';
import type { Permission } from '../api/session.ts';
import { Devices } from '../parts/people/devices.tsx';
import { Keys } from '../parts/people/keys.tsx';
import { Links } from '../parts/people/links.tsx';
import { Users } from '../parts/people/users.tsx';
import { useTitle } from '../parts/title.ts';

type PeopleTab = 'people' | 'keys' | 'devices' | 'links';

const tabs: readonly (readonly [PeopleTab, string, Permission, ComponentType])[] = [
  ['people', 'People', 'system:write', Users],
  ['keys', 'API keys', 'media:read', Keys],
  ['devices', 'Devices', 'system:write', Devices],
  ['links', 'Links', 'media:read', Links],
];

export function PeoplePage() {
  const { tab } = useSearch({ from: '/frame/people' });
  const navigate = useNavigate();
  const onTab = (name: string) => void navigate({ to: '/people', search: { tab: name }, replace: true });
  useTitle('People');
  const rules = useMay('system:write');
  const shown = tabs.filter(([, , needs]) => rules || needs === 'media:read');
  const open = shown.find(([name]) => name === tab) ?? shown[0];
  return (
    <div className="mx-auto max-w-4xl">
      <h1 className="py-4 text-[19px] font-semibold tracking-[-0.015em]">
        {rules ? 'People' : 'Keys and links'}
      </h1>
      <Tabs.Root value={open?.[0] ?? ''} onValueChange={onTab}>
        <Tabs.List className="border-line mb-5 flex gap-1 overflow-x-auto border-b">
          {shown.map(([name, label]) => (
            <Tabs.Trigger
              key={name}
              value={name}
              className="text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:text-text -mb-px min-h-[44px] shrink-0 border-b-2 border-transparent px-3.5 font-medium"
            >
              {label}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {shown.map(([name, , , Part]) => (
          <Tabs.Content key={name} value={name}>
            <Part />
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </div>
  );
}
