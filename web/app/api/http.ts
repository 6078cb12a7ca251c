/**
 * Asks the server. In: method, path, body. Out: the parsed answer, or an `ApiFault` with words for people.
 */
import { basePath } from './base.ts';
import type { Problem } from '../../../src/api/contract/problem.ts';

/** Thrown, because TanStack Query tells failures that way. */
export class ApiFault extends Error {
  override readonly name = 'ApiFault';
  /** Undefined when the server did not answer, or with something that is no problem document. */
  readonly problem: Problem | undefined;

  constructor(message: string, problem: Problem | undefined) {
    super(message);
    this.problem = problem;
  }
}

let signedOut: () => void = () => undefined;

/** @param told whenever an answer says that nobody is signed in */
export function onSignedOut(told: () => void): void {
  signedOut = told;
}

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  let answer: Response;
  try {
    answer = await fetch(`${basePath}/api/v1${path}`, init);
  } catch {
    throw new ApiFault('The server does not answer. Is it running?', undefined);
  }
  const content: unknown = await answer.json().catch(() => undefined);
  if (answer.ok) return content as T;
  const problem = isProblem(content) ? content : undefined;
  if (problem?.code === 'sign-in-needed') signedOut();
  throw new ApiFault(problem ? sentence(problem) : `The server answered ${answer.status}.`, problem);
}

/** The detail repeats what is wrong with each field, in words for programs. */
function sentence(problem: Problem): string {
  const fields = problem.errors?.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return fields && fields.length > 0 ? fields.join(' · ') : problem.detail;
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'detail' in value && 'code' in value;
}

/** Words for any failure. */
export function faultText(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}

/** What is wrong with one field of what was sent. */
export function fieldFault(error: unknown, path: string): string | undefined {
  if (!(error instanceof ApiFault)) return undefined;
  return error.problem?.errors?.find((one) => one.path === path)?.message;
}

/** Words for a form, but for what stands beside one of these fields; undefined when that is all. */
export function formFault(error: unknown, beside: readonly string[]): string | undefined {
  const errors = (error instanceof ApiFault && error.problem?.errors) || [];
  const isSaid = errors.length > 0 && errors.every(({ path }) => beside.includes(path));
  return isSaid ? undefined : faultText(error);
}
