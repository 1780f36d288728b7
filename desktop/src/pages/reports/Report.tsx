import { Page } from "../../ui";

export default function Report() {
  return <Page title="Report">{null}</Page>;
}
