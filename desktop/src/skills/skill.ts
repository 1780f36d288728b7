import type { CallOptions, Client } from "../client/client";
import type { SkillResponse } from "../client/http";
import type { Data, Input, Item, OperationName, Previewed } from "../client/types";
import { skillsClient } from "./config";

export interface SkillOptions extends CallOptions {
  /** The client to ask with, in the place of the one that `configureSkills` made. */
  client?: Client;
}

/** The input may be left out where nothing in it is required. */
type Given<K extends OperationName> =
  Record<never, never> extends Input<K>
    ? [input?: Input<K>, options?: SkillOptions]
    : [input: Input<K>, options?: SkillOptions];

/** A function that runs one action. It never throws but for an abort: failures are responses that are not ok. */
export interface Skill<K extends OperationName> {
  (...given: Given<K>): Promise<SkillResponse<Data<K>>>;
  /** The key of the action. */
  readonly action: K;
  /** Ask what a write would do. Of a destructive one the answer holds the token that confirms it. */
  preview(...given: Given<K>): Promise<SkillResponse<Previewed>>;
  /** Go through a list page by page; a page that fails is the last one. */
  pages(...given: Given<K>): AsyncGenerator<SkillResponse<Data<K>>>;
  /** Go through the entries of a list; throw a `ClientError` where a page fails. */
  items(...given: Given<K>): AsyncGenerator<Item<K>>;
}

/** Return the function that runs an action. */
export function skill<K extends OperationName>(action: K): Skill<K> {
  const split = ([input, options]: Given<K>): [Client, Input<K>, CallOptions] => {
    const { client = skillsClient(), ...rest } = options ?? {};
    return [client, (input ?? {}) as Input<K>, rest];
  };
  const run = async (...given: Given<K>) => {
    const [client, input, options] = split(given);
    return client.call(action, input, options);
  };
  return Object.assign(run, {
    action,
    async preview(...given: Given<K>) {
      const [client, input, options] = split(given);
      return client.preview(action, input, options);
    },
    pages(...given: Given<K>) {
      const [client, input, options] = split(given);
      return client.pages(action, input, options);
    },
    items(...given: Given<K>) {
      const [client, input, options] = split(given);
      return client.items(action, input, options);
    },
  });
}
