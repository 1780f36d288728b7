import { Page } from "../../ui";

export default function Reports() {
  return <Page title="Reports">{null}</Page>;
}
