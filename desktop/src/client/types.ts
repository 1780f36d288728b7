import type { operations as AtomOperations } from "../../generated/atom";
import type { components, operations as ShopifyOperations } from "../../generated/shopify";
import type { Meta, PageInfo, SkillError } from "./answers";
import type { OPERATIONS } from "./operations";

/** The name of an operation: an action's key, or `atom_…` for one of the host. */
export type OperationName = keyof typeof OPERATIONS;

/** Shared objects of the REST interface by name, such as `Schemas["order"]`. */
export type Schemas = components["schemas"];

type Described<K extends OperationName> = K extends `atom_${infer H}`
  ? H extends keyof AtomOperations
    ? AtomOperations[H]
    : never
  : K extends keyof ShopifyOperations
    ? ShopifyOperations[K]
    : never;

/** `T`, or nothing to give where the description says `never`. */
type OrNothing<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Part<P, Name extends string> = P extends { [N in Name]?: infer Q } ? OrNothing<Q> : unknown;
type Parameters<O> = O extends { parameters: infer P } ? P : unknown;
type Sends<R> = R extends { content: { "application/json": infer B } } ? NotEmpty<B> : unknown;
/** A body without members would forbid those of the address as well. */
type NotEmpty<B> = [B] extends [Record<string, never>] ? unknown : B;
type Body<O> = O extends { requestBody?: infer R } ? OrNothing<Sends<NonNullable<R>>> : unknown;
type Answer<O> = O extends { responses: infer R }
  ? { [S in Extract<keyof R, 200 | 201 | 202>]: R[S] }[Extract<keyof R, 200 | 201 | 202>]
  : never;
/** What an answer holds: JSON where it answers that, else text. Reports are text in the formats that ask for it. */
type Content<A> = A extends { content: { "application/json": infer C } }
  ? C
  : A extends { content: infer T }
    ? T[keyof T]
    : never;
type DataOf<C> = C extends { data: infer D } ? D : C;
type Asked = { preview: unknown };

/** Parameters of every call, which `CallOptions` and `Client.preview` stand for. */
type OfTheCall = "preview" | "dry_run" | "confirm" | "user_id";

/** What an operation takes: members of its path, query and body in one object. */
export type Input<K extends OperationName> = Part<Parameters<Described<K>>, "path"> &
  Omit<Part<Parameters<Described<K>>, "query">, OfTheCall> &
  Body<Described<K>>;

/** What an operation answers once it is done; a preview is answered by `Client.preview` alone. */
export type Data<K extends OperationName> = Exclude<DataOf<Content<Answer<Described<K>>>>, Asked>;

/** One entry of a list. */
export type Item<K extends OperationName> = Data<K> extends { items: (infer I)[] } ? I : never;

export type Preview = Schemas["Preview"]["preview"];

/** What would happen, and what says yes to it where a person has to be asked. */
export interface Previewed {
  preview: Preview;
  confirmation_token?: string;
  expires_in?: number;
}

/** What came of a call in one of several stores. */
export type OfStore<K extends OperationName> =
  | { shop: string; ok: true; data: Data<K>; page?: PageInfo | null; meta?: Meta }
  | { shop: string; ok: false; error: SkillError };

/** What came of a call in several stores. */
export interface OfStores<K extends OperationName> {
  stores: OfStore<K>[];
}
