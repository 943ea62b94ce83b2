import { expect, test } from "vitest";
import { sum } from "../src/sums";

test("adds", () => expect(sum({ a: "2", b: "3" })).toBe(5));
