// Composes graphs, a line of JSON each, as @apollo/composition does, and prints what came of each as JSON.
import { createInterface } from "node:readline";
import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { parse, printSchema } from "graphql";

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(composed(JSON.parse(line))));
}

function composed(sdls) {
  try {
    const services = Object.entries(sdls).map(([name, sdl]) => ({
      name,
      url: `http://localhost/${name}`,
      typeDefs: parse(sdl),
    }));
    const { errors, supergraphSdl } = composeServices(services);
    if (errors) return { errors: errors.map((error) => `${error.extensions?.code}: ${error.message}`) };
    const schema = Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema();
    return { supergraph: supergraphSdl, schema: printSchema(schema) };
  } catch (error) {
    return { errors: [`${error.name}: ${error.message}`] };
  }
}
