// Composes the subgraphs on stdin, [{ name, url, sdl }], into a supergraph on stdout.
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";

const subgraphs = JSON.parse(readFileSync(0, "utf8"));
const composed = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })));
if (composed.errors) {
  console.error(composed.errors.map((error) => error.message).join("\n"));
  process.exit(1);
}
process.stdout.write(composed.supergraphSdl);
