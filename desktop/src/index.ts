/** What the package gives to a front end that uses React. `./skills` and `./register` work without React. */

export { ROUTES } from "./app/routes";
export { type CallOptions, Client, ClientError, must } from "./client/client";
export type { HttpOptions, Meta, PageInfo, SkillError, SkillResponse } from "./client/http";
export { OPERATIONS, type Operation } from "./client/operations";
export type { Data, Input, Item, OfStore, OfStores, OperationName, Preview, Previewed, Schemas } from "./client/types";
export { ShopifyDesk, type ShopifyDeskProps } from "./Desk";
export * from "./skills/shopifySkills";
export * from "./skills/shopifySkillsEnhanced";
export * from "./ui";
export { Chart, type ChartProps, type Series } from "./ui/Chart";
export { type Formats, formats } from "./ui/format";
