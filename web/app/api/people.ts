/** People, keys, device accounts and links: who may come in, and as whom. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type {
  ApiKey,
  DeviceAccount,
  ShareLink,
  User,
  UserChange,
  UserCreate,
  apiKeyCreateSchema,
  apiKeyMadeSchema,
  deviceCreateSchema,
  deviceMadeSchema,
  shareCreateSchema,
  shareMadeSchema,
} from '../../../src/api/contract/accounts.ts';
import { ask } from './http.ts';

export type NewKey = z.input<typeof apiKeyCreateSchema>;
type MadeKey = z.infer<typeof apiKeyMadeSchema>;
export type NewDevice = z.input<typeof deviceCreateSchema>;
type MadeDevice = z.infer<typeof deviceMadeSchema>;

/** Four lists with the same verbs. */
const users = '/users';
const keys = '/keys';
const devices = '/devices';
const shares = '/shares';

function useList<T>(path: string) {
  return useQuery({ queryKey: ['people', path], queryFn: () => ask<T[]>('GET', path) });
}

function useListChange<Input, Output>(path: string, change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => client.invalidateQueries({ queryKey: ['people', path] }),
  });
}

function useDrop(path: string) {
  return useListChange(path, (id: string) => ask<unknown>('DELETE', `${path}/${id}`));
}

export const useUsers = () => useList<User>(users);
export const useCreateUser = () => useListChange(users, (user: UserCreate) => ask<User>('POST', users, user));
export const useChangeUser = (id: string) =>
  useListChange(users, (change: UserChange) => ask<User>('PATCH', `${users}/${id}`, change));
export const useDeleteUser = () => useDrop(users);
export const useEndUserSessions = () =>
  useListChange(users, (id: string) => ask<unknown>('DELETE', `${users}/${id}/sessions`));

export const useKeyList = () => useList<ApiKey>(keys);
export const useCreateKey = () => useListChange(keys, (key: NewKey) => ask<MadeKey>('POST', keys, key));
export const useDeleteKey = () => useDrop(keys);

export const useDevices = () => useList<DeviceAccount>(devices);
export const useCreateDevice = () =>
  useListChange(devices, (device: NewDevice) => ask<MadeDevice>('POST', devices, device));
export const useDeleteDevice = () => useDrop(devices);

export const useShares = () => useList<ShareLink>(shares);
export const useDeleteShare = () => useDrop(shares);
export type NewShare = z.input<typeof shareCreateSchema>;
type MadeShare = z.infer<typeof shareMadeSchema>;
export const useCreateShare = () =>
  useListChange(shares, (share: NewShare) => ask<MadeShare>('POST', shares, share));
