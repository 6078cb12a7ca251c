/** Third step: which stream is recorded and shown large, and which small; both are tested before it goes on. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import type { DeviceStream } from '../../../../src/api/contract/camera-scan.ts';
import type { ProbeResult, SourceInput } from '../../../../src/api/contract/cameras.ts';
import { useProbe } from '../../api/cameras.ts';
import { faultText } from '../../api/http.ts';
import { bitrate, frameRate, pictureSize, seconds } from '../../format.ts';
import { Button } from '../button.tsx';
import { DialogButtons } from '../dialog.tsx';
import { Icon } from '../icons.tsx';
import type { ChosenStreams, DeviceAnswer, DeviceDraft } from './device.ts';
import { modelName, streamSource } from './device.ts';
import { ProbeFault } from './probe-fault.tsx';
import type { ProbeSuccess } from './probe-report.tsx';

/** What goes on to be named. */
interface TestedStreams {
  readonly source: SourceInput;
  readonly sub: SourceInput | null;
  readonly result: ProbeSuccess;
  /** Undefined when there is none, or it did not answer. */
  readonly subResult: ProbeSuccess | undefined;
}

interface StepProps {
  device: DeviceDraft;
  answer: DeviceAnswer;
  chosen: ChosenStreams;
  onChange: (chosen: ChosenStreams) => void;
  onBack: () => void;
  onNext: (tested: TestedStreams) => void;
}

export function StreamsStep({ device, answer, chosen, onChange, onBack, onNext }: StepProps) {
  const test = useTest(device, chosen, onNext);
  const { pending } = test;
  const change = (part: Partial<ChosenStreams>) => {
    test.reset();
    onChange({ ...chosen, ...part });
  };
  const facts = [
    modelName(answer),
    answer.firmware && `Firmware ${answer.firmware}`,
    answer.hasPtz && 'Can be moved',
  ];
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void test.run();
      }}
    >
      <div className="grid gap-5">
        <p className="text-muted">{facts.filter(Boolean).join(' · ')}</p>
        {answer.notes.map((words) => (
          <p key={words} className="bg-raised flex gap-2.5 rounded-lg px-3.5 py-2.5 text-[13px]">
            <Icon name="bell" size={16} />
            {words}
          </p>
        ))}
        <Choices streams={answer.streams} chosen={chosen} onChange={change} />
        <TestFaults test={test} />
        <p role="status" className="text-muted empty:hidden">
          {pending && 'Connecting, and measuring for a few seconds.'}
        </p>
      </div>
      <DialogButtons>
        <Button look="quiet" onClick={onBack}>
          Back
        </Button>
        <Button type="submit" look="primary" busy={pending}>
          {pending ? 'Testing…' : 'Test and preview'}
        </Button>
      </DialogButtons>
    </form>
  );
}

interface Test {
  readonly pending: boolean;
  readonly main: ReturnType<typeof useProbe>;
  readonly subFault: Extract<ProbeResult, { ok: false }> | undefined;
  run(): Promise<void>;
  reset(): void;
}

/** Both streams at one time: one after the other would take twice as long. */
function useTest(device: DeviceDraft, chosen: ChosenStreams, onNext: StepProps['onNext']): Test {
  const main = useProbe();
  const sub = useProbe();
  const [subFault, setSubFault] = useState<Test['subFault']>();
  const run = async () => {
    setSubFault(undefined);
    const source = streamSource(chosen.main, device);
    const small = chosen.sub === '' ? null : streamSource(chosen.sub, device);
    const [result, second] = await Promise.all([
      main.mutateAsync(source).catch(() => undefined),
      small ? sub.mutateAsync(small).catch(() => undefined) : undefined,
    ]);
    if (!result?.ok) return;
    if (second?.ok === false) return setSubFault(second);
    onNext({ source, sub: small, result, subResult: second });
  };
  const reset = () => {
    main.reset();
    sub.reset();
    setSubFault(undefined);
  };
  return { pending: main.isPending || sub.isPending, main, subFault, run, reset };
}

function TestFaults({ test: { main, subFault } }: { test: Test }) {
  return (
    <>
      {main.data?.ok === false && <ProbeFault fault={main.data.fault} message={main.data.message} />}
      {main.isError && <ProbeFault fault="request" message={faultText(main.error)} />}
      {subFault && (
        <ProbeFault
          fault={subFault.fault}
          message={`This is about the small picture: ${subFault.message} Choose another one, or none.`}
        />
      )}
    </>
  );
}

interface ChoicesProps {
  streams: readonly DeviceStream[];
  chosen: ChosenStreams;
  onChange: (part: Partial<ChosenStreams>) => void;
}

function Choices({ streams, chosen, onChange }: ChoicesProps) {
  return (
    <>
      <Choice
        title="Main picture"
        hint="Recorded, and shown large."
        name="main"
        streams={streams}
        value={chosen.main}
        onChange={(url) => onChange({ main: url, ...(url === chosen.sub && { sub: '' }) })}
      />
      <Choice
        title="Small picture"
        hint="For tiles and phones, so that many cameras cost little."
        name="sub"
        streams={streams.filter(({ url }) => url !== chosen.main)}
        value={chosen.sub}
        none="None: tiles show the main picture"
        onChange={(url) => onChange({ sub: url })}
      />
    </>
  );
}

interface ChoiceProps {
  title: string;
  hint: string;
  name: string;
  streams: readonly DeviceStream[];
  value: string;
  /** Words for having none; absent: one is needed. */
  none?: string;
  onChange: (url: string) => void;
}

function Choice({ title, hint, name, streams, value, none, onChange }: ChoiceProps) {
  const lenses = new Set(streams.map(({ lens }) => lens)).size;
  return (
    <fieldset>
      <legend className="font-semibold">{title}</legend>
      <p className="text-muted mb-2 text-[13px]">{hint}</p>
      <div className="border-line divide-line divide-y overflow-hidden rounded-xl border">
        {streams.map((stream) => (
          <Option
            key={stream.url}
            name={name}
            checked={stream.url === value}
            onChoose={() => onChange(stream.url)}
          >
            <span className="block font-medium">{stream.name}</span>
            <span className="text-muted block text-[13px] tabular-nums">
              {streamLine(stream, lenses > 1)}
            </span>
            {stream.role === name && stream.reason && (
              <span className="text-good block text-[13px]">{stream.reason}.</span>
            )}
          </Option>
        ))}
        {none !== undefined && (
          <Option name={name} checked={value === ''} onChoose={() => onChange('')}>
            <span className="text-muted block">{none}</span>
          </Option>
        )}
      </div>
    </fieldset>
  );
}

interface OptionProps {
  name: string;
  checked: boolean;
  onChoose: () => void;
  children: ReactNode;
}

function Option({ name, checked, onChoose, children }: OptionProps) {
  return (
    <label className="has-checked:bg-accent/8 hover:bg-raised has-focus-visible:outline-accent flex min-h-[44px] cursor-pointer items-start gap-3 px-3.5 py-2.5 has-focus-visible:outline-2 has-focus-visible:-outline-offset-2">
      <input
        type="radio"
        name={name}
        checked={checked}
        onChange={onChoose}
        className="accent-accent mt-[3px] size-4"
      />
      <span className="min-w-0">{children}</span>
    </label>
  );
}

/** What the device says; measured figures come with the test. */
function streamLine(stream: DeviceStream, namesLens: boolean): string {
  const { codec, width, height, framesPerSecond, bitrateBps, keyframeSeconds, lens } = stream;
  const parts = [
    codecs.get(codec) ?? codec.toUpperCase(),
    width !== null && height !== null && pictureSize(width, height),
    framesPerSecond !== null && frameRate(framesPerSecond),
    bitrateBps !== null && `up to ${bitrate(bitrateBps)}`,
    keyframeSeconds !== null && `keyframe every ${seconds(keyframeSeconds)}`,
    namesLens && lens,
  ];
  return parts.filter(Boolean).join(' · ') || new URL(stream.url.replace(/^rtsps?/, 'http')).pathname;
}

const codecs = new Map([
  ['h264', 'H.264'],
  ['h265', 'H.265'],
  ['jpeg', 'JPEG'],
  ['mpeg4', 'MPEG-4'],
]);
