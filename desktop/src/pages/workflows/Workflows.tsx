import { Page } from "../../ui";

export default function Workflows() {
  return <Page title="Workflows">{null}</Page>;
}
