import Fastify from "fastify";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sum } from "./sums";

const greeting = readFileSync(join(__dirname, "..", "public", "greeting.txt"), "utf8").trim();
export const app = Fastify();

app.get("/", async () => ({ greeting }));
app.get("/sum", async (request, reply) => {
  const answer = sum(request.query);
  return answer === null ? reply.code(400).send({ error: "two numbers are needed" }) : { answer };
});

if (require.main === module) {
  app.listen({ host: "0.0.0.0", port: 3000 });
}
