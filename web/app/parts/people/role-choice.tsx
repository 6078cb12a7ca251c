/** One of the roles, each with what it may. */
import { useId } from 'react';
import type { User } from '../../../../src/api/contract/accounts.ts';
import { roleWords } from './words.ts';

type Role = User['role'];

interface RoleChoiceProps {
  role: Role;
  disabled: boolean;
  onChange: (role: Role) => void;
}

export function RoleChoice({ role, disabled, onChange }: RoleChoiceProps) {
  const name = useId();
  return (
    <fieldset disabled={disabled}>
      <legend className="mb-1.5 font-medium">Role</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {(Object.keys(roleWords) as Role[]).map((one) => (
          <label
            key={one}
            className="border-line bg-canvas has-checked:border-accent flex gap-2.5 rounded-lg border p-3 has-disabled:opacity-60"
          >
            <input
              type="radio"
              name={name}
              checked={one === role}
              onChange={() => onChange(one)}
              className="accent-accent mt-0.5 size-4 shrink-0"
            />
            <span>
              <span className="block font-medium">{roleWords[one][0]}</span>
              <span className="text-muted block text-[13px]">{roleWords[one][1]}</span>
            </span>
          </label>
        ))}
      </div>
      {disabled && (
        <p className="text-muted mt-1.5 text-[13px]">
          This is your own account: another administrator can change its role.
        </p>
      )}
    </fieldset>
  );
}
