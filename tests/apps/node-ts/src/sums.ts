import { z } from "zod";

const Question = z.object({ a: z.coerce.number(), b: z.coerce.number() });

/** The sum of two numbers given as text, null if one of them is no number. */
export function sum(question: unknown): number | null {
  const read = Question.safeParse(question);
  return read.success ? read.data.a + read.data.b : null;
}
