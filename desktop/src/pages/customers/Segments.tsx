import { Page } from "../../ui";

export default function Segments() {
  return <Page title="Segments">{null}</Page>;
}
