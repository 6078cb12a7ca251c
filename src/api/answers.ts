/**
 * The problem answers as routes declare them for the OpenAPI document.
 */
import { problemSchema } from './contract/problem.ts';
import { problemType } from './problems.ts';

export function answer(description: string) {
  return { description, content: { [problemType]: { schema: problemSchema } } };
}

export const badRequest = answer('The request is wrong: `errors` lists each field');
export const notFound = answer('There is no such camera, or it may not be seen');
export const missing = answer('There is no such thing');
export const held = answer('Footage of this range is held; `detail` says why');
export const noEnd = answer('The way this viewer watches knows no end');
export const fromFile = answer('The configuration file says this of the camera: change it there');
export const tooMany = answer('A limit is reached; `detail` says which and what to do');

/** Answers that every route may give. */
export const always = {
  401: answer('Nobody is signed in, or what was sent to show who asks is worth nothing (any more)'),
  403: answer('One may not do this, or a page of another site made the browser ask'),
  421: answer('The Host header names another machine'),
  500: answer('A bug; the log says more under the request id'),
};
